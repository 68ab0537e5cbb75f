import { decodeNixBase32 } from '../../store/base32.ts';

// Hashes as Nix writes them: `sha256:` and hexadecimal, base64, or letters of its own.

/** Bytes that each kind of hash has. */
const lengths: Readonly<Record<string, number>> = { md5: 16, sha1: 20, sha256: 32, sha512: 64 };

/** What is hashed, by which algorithm. */
export type Hash = { readonly algorithm: string; readonly bytes: Buffer };

/** Reads `ALGORITHM:DIGEST`; `undefined` if it is none. */
export function readHash(text: string): Hash | undefined {
  const [, algorithm = '', digest = ''] = /^([a-z0-9]+)[:-](.+)$/.exec(text) ?? [];
  const length = lengths[algorithm];
  if (length === undefined) return undefined;
  const bytes = [readHex, decodeNixBase32, readBase64]
    .map((read) => read(digest, length))
    .find((found) => found?.length === length);
  return bytes === undefined ? undefined : { algorithm, bytes };
}

function readHex(text: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})+$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

function readBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
