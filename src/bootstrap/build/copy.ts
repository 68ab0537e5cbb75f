import {
  chmodSync,
  createReadStream,
  createWriteStream,
  lstatSync,
  mkdirSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { quoteWords } from '../../events/quote.ts';
import { encodeBytes } from '../../processes/bytes.ts';
import { readNames } from './trees.ts';

/** Copies a file to where nothing is, or in the place of another; of a pipe there would be no end. */
export async function copyFile(from: string, to: string, signal: AbortSignal): Promise<void> {
  const [source, target] = [encodeBytes(from), encodeBytes(to)];
  const found = lstatSync(source);
  if (!found.isFile()) throw new Error(`${quoteWords([from])} is not a regular file`);
  requireNo(to, (there) => !there.isFile());
  // A copy of what is in a store is read-only.
  rmSync(target, { force: true });
  await pipeline(createReadStream(source), createWriteStream(target), { signal });
  chmodSync(target, found.mode & 0o777);
}

/**
 * Copies a tree, also into one that is there. No link of that is followed: it would lead to where the
 * build has no business.
 */
export async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  if (`${to}/`.startsWith(`${from}/`)) throw new Error("it can't be copied into itself");
  await copyNode(from, to, signal);
}

async function copyNode(from: string, to: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const [source, target] = [encodeBytes(from), encodeBytes(to)];
  const found = lstatSync(source);
  if (found.isSymbolicLink()) {
    symlinkSync(readlinkSync(source, 'buffer'), target);
  } else if (found.isDirectory()) {
    requireNo(to, (there) => !there.isDirectory());
    mkdirSync(target, { recursive: true });
    for (const name of readNames(from)) await copyNode(`${from}/${name}`, `${to}/${name}`, signal);
  } else {
    await copyFile(from, to, signal);
  }
}

function requireNo(path: string, isInTheWay: (found: Stats) => boolean): void {
  const found = lstatSync(encodeBytes(path), { throwIfNoEntry: false });
  if (found !== undefined && isInTheWay(found))
    throw new Error(`${quoteWords([path])} is in the way`);
}
