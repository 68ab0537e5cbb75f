import { basename } from 'node:path';
import { encodeNixBase32, nixBase32Digits } from '../../store/base32.ts';
import { hashNar } from '../nar.ts';
import { hostToolsAt } from './host-tools.ts';

/** What there is to know of a tree from its archive. */
export type Scanned = {
  /** In Nix's base32. */
  readonly narHash: string;
  /** Those of the candidates that it names, sorted. */
  readonly references: readonly string[];
  /** It names a program as builds call one that the machine lends. */
  readonly namesHostTools: boolean;
};

/**
 * Hashes a tree, and finds what it refers to, as the daemon does (libstore/references.cc): whatever
 * could be the hash in an item's name is looked up, so that the number of candidates doesn't matter.
 */
export async function scanTree(
  tree: string,
  candidates: readonly string[],
  signal: AbortSignal,
): Promise<Scanned> {
  const wanted = new Map(candidates.map((path) => [basename(path).slice(0, hashLength), path]));
  const starts = new Set([...wanted.keys()].map((hash) => Buffer.from(hash).readUInt32LE()));
  const found = new Set<string>();
  let namesHostTools = false;
  let end: Buffer = Buffer.alloc(0);
  const hash = await hashNar(tree, (bytes) => {
    signal.throwIfAborted();
    // A hash can begin in one piece and end in the next.
    const text = Buffer.concat([end, bytes]);
    for (const word of findHashes(text, starts)) {
      const path = wanted.get(word);
      if (path !== undefined) found.add(path);
    }
    namesHostTools ||= text.includes(`${hostToolsAt}/`);
    end = Buffer.from(text.subarray(-(hashLength - 1)));
  });
  const references = [...found].toSorted();
  return { narHash: encodeNixBase32(hash), references, namesHostTools };
}

/** Wherever so many digits of base32 as a hash has stand together, and begin as one. */
function* findHashes(text: Buffer, starts: ReadonlySet<number>): Generator<string> {
  let digits = 0;
  for (let end = 1; end <= text.length; end++) {
    digits = isDigit[text[end - 1] ?? 0] === 1 ? digits + 1 : 0;
    if (digits < hashLength || !starts.has(text.readUInt32LE(end - hashLength))) continue;
    yield text.toString('latin1', end - hashLength, end);
  }
}

const hashLength = 32;
const isDigit = new Uint8Array(256);
for (const digit of Buffer.from(nixBase32Digits)) isDigit[digit] = 1;
