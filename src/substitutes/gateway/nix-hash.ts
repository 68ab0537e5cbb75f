// Hashes as Nix writes them: `sha256:` and hexadecimal, base64, or letters of its own.

/** Letters for 5 bits each, the last bits first; those that could make words are left out. */
const alphabet = '0123456789abcdfghijklmnpqrsvwxyz';

/** Bytes that each kind of hash has. */
const lengths: Readonly<Record<string, number>> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };

/** What is hashed, by which algorithm. */
export type Hash = { readonly algorithm: string; readonly bytes: Buffer };

/** Reads `ALGORITHM:DIGEST`; `undefined` if it is none. */
export function readHash(text: string): Hash | undefined {
  const [, algorithm = '', digest = ''] = /^([a-z0-9]+)[:-](.+)$/.exec(text) ?? [];
  const length = lengths[algorithm];
  if (length === undefined) return undefined;
  const bytes = [readHex, decodeBase32, readBase64]
    .map((read) => read(digest))
    .find((found) => found?.length === length);
  return bytes === undefined ? undefined : { algorithm, bytes };
}

function readHex(text: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})+$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

function readBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}

/** As store items are named. */
export function encodeBase32(bytes: Uint8Array): string {
  const letters = Math.ceil((8 * bytes.length) / 5);
  return Array.from({ length: letters }, (_, letter) => {
    const bit = 5 * (letters - 1 - letter);
    const [low = 0, high = 0] = bytes.subarray(bit >> 3, (bit >> 3) + 2);
    return alphabet[((low | (high << 8)) >> (bit & 7)) & 31];
  }).join('');
}

function decodeBase32(text: string): Buffer | undefined {
  const bytes = Buffer.alloc(Math.floor((5 * text.length) / 8));
  for (const [index, letter] of text.split('').toReversed().entries()) {
    const value = alphabet.indexOf(letter) << ((5 * index) & 7);
    if (value < 0) return undefined;
    const at = (5 * index) >> 3;
    bytes[at] = (bytes[at] ?? 0) | (value & 0xff);
    if (at + 1 < bytes.length) bytes[at + 1] = value >> 8;
  }
  return bytes;
}
