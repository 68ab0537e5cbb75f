/** The bytes are not what they should be. */
export class Damaged extends Error {}
/** There are no more bytes. */
export class CutShort extends Error {}

/** A stream of bytes as one of bits, the highest first. */
export class Bits {
  readonly #readByte: () => number;
  #held = 0;
  #count = 0;

  constructor(readByte: () => number) {
    this.#readByte = readByte;
  }

  /** At most 24. */
  read(wanted: number): number {
    while (this.#count < wanted) {
      const byte = this.#readByte();
      if (byte === -1) throw new CutShort();
      this.#held = (this.#held << 8) | byte;
      this.#count += 8;
    }
    this.#count -= wanted;
    return (this.#held >>> this.#count) & ((1 << wanted) - 1);
  }

  /** Goes to the beginning of the next byte, and says whether there is one. */
  hasMore(): boolean {
    this.#count = 0;
    const byte = this.#readByte();
    if (byte === -1) return false;
    [this.#held, this.#count] = [byte, 8];
    return true;
  }
}

/** A Huffman code: for each length of its words, the largest of them and where their symbols begin. */
export type Code = {
  readonly limits: readonly number[];
  readonly offsets: readonly number[];
  readonly symbols: readonly number[];
};

/** Reads the lengths of a code's words, each as its difference from the one before. */
export function readCode(bits: Bits, alphabet: number): Code {
  let length = bits.read(5);
  const lengths = Array.from({ length: alphabet }, () => {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > longestCode) throw new Damaged();
    return length;
  });
  const symbols: number[] = [];
  const [limits, offsets] = [[-1], [0]];
  let word = 0;
  for (let size = 1; size <= longestCode; size++) {
    offsets.push(symbols.length - word);
    lengths.forEach((its, symbol) => {
      if (its === size) symbols.push(symbol);
    });
    word = symbols.length - (offsets[size] ?? 0);
    limits.push(word - 1);
    word *= 2;
  }
  return { limits, offsets, symbols };
}

export function readSymbol(bits: Bits, { limits, offsets, symbols }: Code): number {
  let word = 0;
  for (let size = 1; size <= longestCode; size++) {
    word = word * 2 + bits.read(1);
    if (word <= (limits[size] ?? -1)) return symbols[word + (offsets[size] ?? 0)] ?? 0;
  }
  throw new Damaged();
}

const longestCode = 20;
