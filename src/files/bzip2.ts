// bzip2, from its only specification, the program's source (decompress.c, huffman.c): a stream is a
// header, blocks of at most 900,000 bytes that can each be unpacked alone, and an end. The libraries
// there are keep a whole file, or all that a small one unpacks to, in memory; here it is one block.

import { Bits, type Code, CutShort, Damaged, readCode, readSymbol } from './huffman.ts';

const [blockMagic, endMagic] = [0x314159265359, 0x177245385090];
const groupSize = 50;

/** What a packed stream comes to. */
export type End = 'whole' | 'cut short' | 'damaged';

/**
 * Unpacks streams that follow each other; `readByte` gives the next byte, or -1 at the end. A block
 * is given, in pieces, when its checksum has been found right. What stands behind a whole stream
 * and is none is left alone, as the bzip2 program does.
 */
export function* unpackBzip2(readByte: () => number): Generator<Buffer, End> {
  const bits = new Bits(readByte);
  try {
    for (let streams = 0; ; streams++) {
      if (!readMagic(bits)) return streams > 0 ? 'whole' : 'damaged';
      yield* unpackStream(bits);
      if (!bits.hasMore()) return 'whole';
    }
  } catch (error) {
    if (error instanceof CutShort) return 'cut short';
    if (error instanceof Damaged) return 'damaged';
    throw error;
  }
}

/** "BZh" */
function readMagic(bits: Bits): boolean {
  return [0x42, 0x5a, 0x68].every((byte) => bits.read(8) === byte);
}

function* unpackStream(bits: Bits): Generator<Buffer> {
  // The size of its blocks in units of 100,000 bytes.
  const units = bits.read(8) - 0x30;
  if (units < 1 || units > 9) throw new Damaged();
  const block = new Uint32Array(units * 100_000);
  const scratch = Buffer.allocUnsafe(pieceSize);
  let sum = 0;
  for (;;) {
    const magic = bits.read(24) * 2 ** 24 + bits.read(24);
    const checksum = bits.read(16) * 2 ** 16 + bits.read(16);
    if (magic === endMagic && checksum === sum) return;
    if (magic !== blockMagic) throw new Damaged();
    const chain = readBlock(bits, block);
    // A small block can stand for 47 MB, so it is unpacked twice instead of being kept.
    if (computeChecksum(restore(chain, () => scratch)) !== checksum) throw new Damaged();
    yield* restore(chain, () => Buffer.allocUnsafe(pieceSize));
    sum = (((sum << 1) | (sum >>> 31)) ^ checksum) >>> 0;
  }
}

/** A block whose places, above their own byte, say where the byte that follows is. */
type Chain = {
  readonly block: Uint32Array;
  readonly length: number;
  readonly first: number;
};

function readBlock(bits: Bits, block: Uint32Array): Chain {
  // Blocks that are "randomised" have not been made since 1997.
  if (bits.read(1) === 1) throw new Damaged();
  const origin = bits.read(24);
  const bytes = readUsedBytes(bits);
  const groups = bits.read(3);
  if (groups < 2 || groups > 6 || bytes.length === 0) throw new Damaged();
  const selectors = readSelectors(bits, groups);
  const codes = Array.from({ length: groups }, () => readCode(bits, bytes.length + 2));
  const length = readSymbols(bits, block, { bytes, selectors, codes });
  if (origin >= length) throw new Damaged();
  linkBytes(block, length);
  return { block, length, first: (block[origin] ?? 0) >>> 8 };
}

/** The bytes that occur in a block: a map of 16 maps. */
function readUsedBytes(bits: Bits): Uint8Array {
  const ranges = bits.read(16);
  const used: number[] = [];
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const map = bits.read(16);
    for (let bit = 0; bit < 16; bit++) {
      if ((map & (0x8000 >> bit)) !== 0) used.push(range * 16 + bit);
    }
  }
  return Uint8Array.from(used);
}

/** Which code each group of 50 symbols is written in, moved to the front as it was used last. */
function readSelectors(bits: Bits, groups: number): number[] {
  const recent = Array.from({ length: groups }, (_, code) => code);
  return Array.from({ length: bits.read(15) }, () => {
    let at = 0;
    while (bits.read(1) === 1) at++;
    if (at >= groups) throw new Damaged();
    const [code = 0] = recent.splice(at, 1);
    recent.unshift(code);
    return code;
  });
}

type Coding = {
  /** Those that occur, the one used last first. */
  readonly bytes: Uint8Array;
  readonly selectors: readonly number[];
  readonly codes: readonly Code[];
};

/** Fills the block with bytes, and returns how many they are. */
function readSymbols(bits: Bits, block: Uint32Array, { bytes, selectors, codes }: Coding): number {
  const end = bytes.length + 1;
  let length = 0;
  let run = 0;
  let digit = 1;
  for (let read = 0; ; read++) {
    const code = codes[selectors[Math.floor(read / groupSize)] ?? -1];
    if (code === undefined) throw new Damaged();
    const symbol = readSymbol(bits, code);
    if (symbol < 2) {
      // A run of the byte used last: its length in digits 1 and 2, the lowest first.
      run += digit * (symbol + 1);
      digit *= 2;
      if (run > block.length - length) throw new Damaged();
      continue;
    }
    block.fill(bytes[0] ?? 0, length, length + run);
    length += run;
    [run, digit] = [0, 1];
    if (symbol === end) return length;
    if (length >= block.length) throw new Damaged();
    const byte = bytes[symbol - 1] ?? 0;
    bytes.copyWithin(1, 0, symbol - 1);
    bytes[0] = byte;
    block[length++] = byte;
  }
}

/** Undoes the Burrows-Wheeler transform. */
function linkBytes(block: Uint32Array, length: number): void {
  const places = new Uint32Array(257);
  for (let at = 0; at < length; at++) {
    const after = (block[at] ?? 0) + 1;
    places[after] = (places[after] ?? 0) + 1;
  }
  for (let byte = 1; byte <= 256; byte++) {
    places[byte] = (places[byte] ?? 0) + (places[byte - 1] ?? 0);
  }
  for (let at = 0; at < length; at++) {
    const byte = (block[at] ?? 0) & 0xff;
    const place = places[byte] ?? 0;
    places[byte] = place + 1;
    block[place] = (block[place] ?? 0) | (at << 8);
  }
}

/** Follows the chain, and writes out the runs that were shortened before it was made. */
function* restore({ block, length, first }: Chain, takePiece: () => Buffer): Generator<Buffer> {
  let piece = takePiece();
  let used = 0;
  let at = first;
  let last = -1;
  let same = 0;
  for (let left = length; left > 0; left--) {
    const entry = block[at] ?? 0;
    const byte = entry & 0xff;
    at = entry >>> 8;
    // Behind four that are the same stands how many more there were.
    if (same === 4) {
      piece.fill(last, used, used + byte);
      used += byte;
      same = 0;
    } else {
      same = byte === last ? same + 1 : 1;
      last = byte;
      piece[used++] = byte;
    }
    if (used <= pieceSize - longestRun) continue;
    yield piece.subarray(0, used);
    piece = takePiece();
    used = 0;
  }
  yield piece.subarray(0, used);
}

const pieceSize = 1 << 16;
const longestRun = 255;

/** CRC-32 as bzip2 has it: the highest bit first. */
function computeChecksum(pieces: Iterable<Buffer>): number {
  let sum = 0xffff_ffff;
  for (const piece of pieces) {
    for (const byte of piece) sum = (sum << 8) ^ (checksums[((sum >>> 24) ^ byte) & 0xff] ?? 0);
  }
  return ~sum >>> 0;
}

const checksums = Int32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24;
  for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c1_1db7 : 0);
  return sum;
});
