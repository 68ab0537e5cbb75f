import { createHash } from 'node:crypto';
import { encodeNixBase32 } from './base32.ts';

/** Where a store has something, by what that is made of. */
export function makeStorePath(
  of: string,
  { store, name }: { readonly store: string; readonly name: string },
): string {
  const hash = createHash('sha256').update(`${of}:${store}:${name}`).digest();
  return `${store}/${encodeNixBase32(compress(hash, 20))}-${name}`;
}

/** So many bytes, of which each has to do with all that fall on it. */
function compress(hash: Buffer, length: number): Buffer {
  const compressed = Buffer.alloc(length);
  for (const [index, byte] of hash.entries()) {
    const place = index % length;
    compressed.writeUInt8(compressed.readUInt8(place) ^ byte, place);
  }
  return compressed;
}
