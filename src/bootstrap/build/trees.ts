import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';

/** The most bytes of a path that the kernel takes, without the zero behind it (PATH_MAX). */
export const longestPath = 4095;

/** Names are bytes, whatever they mean: a character for each. */
export function toBytes(path: string): string {
  return Buffer.from(path).toString('latin1');
}

/** Removes what a build has made, also where that is read-only, or deeper than any path can be. */
export function removeTree(tree: string): void {
  makeRemovable(toBytes(tree));
  rmSync(tree, { recursive: true, force: true });
}

function makeRemovable(top: string): void {
  if (!isDirectory(top)) return;
  const directories = [top];
  for (const directory of directories) {
    chmodSync(toPath(directory), 0o755);
    for (const name of readdirSync(toPath(directory), 'latin1')) {
      const inner = `${directory}/${name}`;
      if (isDirectory(inner)) directories.push(inner.length < deep ? inner : raise(inner, top));
    }
  }
}

/** Directories that are deeper are brought up: they could have others in them without end. */
const deep = 1000; // bytes of a path

function raise(directory: string, top: string): string {
  const place = `${top}/${randomUUID()}`;
  chmodSync(toPath(directory), 0o755);
  renameSync(toPath(directory), toPath(place));
  return place;
}

function isDirectory(path: string): boolean {
  return lstatSync(toPath(path), { throwIfNoEntry: false })?.isDirectory() === true;
}

function toPath(bytes: string): Buffer {
  return Buffer.from(bytes, 'latin1');
}
