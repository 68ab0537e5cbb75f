import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  type Stats,
} from 'node:fs';
import { quoteWords } from '../../events/quote.ts';

/** Copies a file to where nothing is, or over another; of a pipe there would be no end. */
export function copyFile(from: string | Buffer, to: string | Buffer): void {
  if (!lstatSync(from).isFile()) throw new Error(`${name(from)} is not a regular file`);
  requireNo(to, (there) => !there.isFile());
  copyFileSync(from, to);
}

/**
 * Copies a tree, also into one that is there. No link of that is followed: it would lead to where the
 * build has no business. Names are bytes, whatever they mean.
 */
export function copyTree(from: string, to: string): void {
  if (`${to}/`.startsWith(`${from}/`)) throw new Error("it can't be copied into itself");
  copyNode(Buffer.from(from), Buffer.from(to));
}

function copyNode(from: Buffer, to: Buffer): void {
  const found = lstatSync(from);
  if (found.isSymbolicLink()) {
    symlinkSync(readlinkSync(from, 'buffer'), to);
  } else if (found.isDirectory()) {
    requireNo(to, (there) => !there.isDirectory());
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from, 'buffer')) copyNode(join(from, entry), join(to, entry));
  } else {
    copyFile(from, to);
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
