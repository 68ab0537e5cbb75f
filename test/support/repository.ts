import { createHash } from 'node:crypto';
import { type Dirent, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

// A bare Git repository of one commit, as gitrepository-layout(5) has it: the root file system of the
// tests holds the library that Guix reads repositories with, and no Git that could make one.

const author = 'Tests <tests@example.org> 0 +0000';

/** Makes a repository in `directory` whose branch `master` holds the files of `source`. */
export function makeRepository(directory: string, source: string): void {
  const objects = join(directory, 'objects');
  const tree = writeTree(objects, source).toString('hex');
  const text = `tree ${tree}\nauthor ${author}\ncommitter ${author}\n\nAll there is\n`;
  const commit = writeObject(objects, 'commit', Buffer.from(text)).toString('hex');
  mkdirSync(join(directory, 'refs/heads'), { recursive: true });
  writeFileSync(join(directory, 'refs/heads/master'), `${commit}\n`);
  writeFileSync(join(directory, 'HEAD'), 'ref: refs/heads/master\n');
}

function writeTree(objects: string, directory: string): Buffer {
  const found = readdirSync(directory, { withFileTypes: true });
  const sorted = found.toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
  const entries = sorted.flatMap((entry) => {
    const file = join(directory, entry.name);
    return entry.isDirectory()
      ? [Buffer.from(`40000 ${entry.name}\0`), writeTree(objects, file)]
      : [Buffer.from(`100644 ${entry.name}\0`), writeObject(objects, 'blob', readFileSync(file))];
  });
  return writeObject(objects, 'tree', Buffer.concat(entries));
}

/** To Git, a directory's name ends in a slash. */
function sortKey(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}

/** Returns the object's name: the SHA-1 of its kind, its size and its content. */
function writeObject(objects: string, kind: 'blob' | 'commit' | 'tree', content: Buffer): Buffer {
  const object = Buffer.concat([Buffer.from(`${kind} ${content.length}\0`), content]);
  const name = createHash('sha1').update(object).digest();
  const hex = name.toString('hex');
  mkdirSync(join(objects, hex.slice(0, 2)), { recursive: true });
  writeFileSync(join(objects, hex.slice(0, 2), hex.slice(2)), deflateSync(object));
  return name;
}
