import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { decodeBytes, encodeBytes } from '../../processes/bytes.ts';

// Names in trees are bytes, whatever they mean; as text they are what `decodeBytes` makes of them.

/** The most bytes of a path that the kernel takes, without the zero behind it (PATH_MAX). */
export const longestPath = 4095;

/** The names in a directory. */
export function readNames(directory: string): readonly string[] {
  return readdirSync(encodeBytes(directory), 'buffer').map(decodeBytes);
}

/** Removes what a build has made, also where that is read-only, or deeper than any path can be. */
export function removeTree(tree: string): void {
  makeRemovable(tree);
  rmSync(tree, { recursive: true, force: true });
}

function makeRemovable(top: string): void {
  if (!isDirectory(top)) return;
  const directories = [top];
  for (const directory of directories) {
    chmodSync(encodeBytes(directory), 0o755);
    for (const name of readNames(directory)) {
      const inner = `${directory}/${name}`;
      if (isDirectory(inner)) directories.push(inner.length < deep ? inner : raise(inner, top));
    }
  }
}

/** Directories that are deeper are brought up: they could have others in them without end. */
const deep = 1000; // characters of a path

function raise(directory: string, top: string): string {
  const place = `${top}/${randomUUID()}`;
  chmodSync(encodeBytes(directory), 0o755);
  renameSync(encodeBytes(directory), place);
  return place;
}

function isDirectory(path: string): boolean {
  return lstatSync(encodeBytes(path), { throwIfNoEntry: false })?.isDirectory() === true;
}
