import { basename } from 'node:path';
import { encodeNixBase32 } from '../../store/base32.ts';
import { hashNar } from '../nar.ts';

/** What there is to know of a tree from its archive. */
export type Scanned = {
  /** In Nix's base32. */
  readonly narHash: string;
  /** Those of the candidates that it names, sorted. */
  readonly references: readonly string[];
};

/** Hashes a tree, and finds what it refers to, as the daemon does: by the hashes in items' names. */
export async function scanTree(
  tree: string,
  candidates: readonly string[],
  signal: AbortSignal,
): Promise<Scanned> {
  const wanted = new Map(candidates.map((path) => [basename(path).slice(0, hashLength), path]));
  const found = new Set<string>();
  let end: Buffer = Buffer.alloc(0);
  const hash = await hashNar(tree, (bytes) => {
    signal.throwIfAborted();
    // A hash can begin in one piece and end in the next.
    const text = Buffer.concat([end, bytes]);
    for (const [needle, path] of wanted) {
      if (!found.has(path) && text.includes(needle)) found.add(path);
    }
    end = Buffer.from(text.subarray(-(hashLength - 1)));
  });
  return { narHash: encodeNixBase32(hash), references: [...found].toSorted() };
}

const hashLength = 32;
