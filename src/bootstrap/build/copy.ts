import { lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { copyFile as copyContent } from 'node:fs/promises';
import { quoteWords } from '../../events/quote.ts';

/** Copies a file to where nothing is, or in the place of another; of a pipe there would be no end. */
export async function copyFile(from: string | Buffer, to: string | Buffer): Promise<void> {
  if (!lstatSync(from).isFile()) throw new Error(`${name(from)} is not a regular file`);
  requireNo(to, (there) => !there.isFile());
  // A copy of what is in a store is read-only.
  rmSync(to, { force: true });
  await copyContent(from, to);
}

/**
 * Copies a tree, also into one that is there. No link of that is followed: it would lead to where the
 * build has no business. Names are bytes, whatever they mean.
 */
export async function copyTree(from: string, to: string, signal: AbortSignal): Promise<void> {
  if (`${to}/`.startsWith(`${from}/`)) throw new Error("it can't be copied into itself");
  await copyNode(Buffer.from(from), Buffer.from(to), signal);
}

async function copyNode(from: Buffer, to: Buffer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const found = lstatSync(from);
  if (found.isSymbolicLink()) {
    symlinkSync(readlinkSync(from, 'buffer'), to);
  } else if (found.isDirectory()) {
    requireNo(to, (there) => !there.isDirectory());
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from, 'buffer'))
      await copyNode(join(from, entry), join(to, entry), signal);
  } else {
    await copyFile(from, to);
  }
}

function requireNo(path: string | Buffer, isInTheWay: (found: Stats) => boolean): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && isInTheWay(found)) throw new Error(`${name(path)} is in the way`);
}

function name(path: string | Buffer): string {
  return quoteWords([path.toString()]);
}

const slash = Buffer.from('/');

function join(directory: Buffer, entry: Buffer): Buffer {
  return Buffer.concat([directory, slash, entry]);
}
