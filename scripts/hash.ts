import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { path } from 'zx';

/** The SHA-256 of a file, in hexadecimal. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** The SHA-256 of files and directories with all that is in them, by names, modes and content. */
export async function hashTrees(root: string, names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    for (const file of await listFiles(root, name)) {
      hash.update(`${JSON.stringify([file, await describeFile(path.join(root, file))])}\n`);
    }
  }
  return hash.digest('hex');
}

/** The files of a directory, or the file itself, from `root` and in an order that is always the same. */
async function listFiles(root: string, name: string): Promise<readonly string[]> {
  const found = await lstat(path.join(root, name));
  if (!found.isDirectory()) return [name];
  const entries = await readdir(path.join(root, name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => path.relative(root, pathOf(entry))).toSorted();
}

function pathOf(entry: Dirent): string {
  return path.join(entry.parentPath, entry.name);
}

async function describeFile(file: string): Promise<readonly [mode: number, content: string]> {
  const found = await lstat(file);
  const content = found.isSymbolicLink() ? await readlink(file) : await hashFile(file);
  return [found.mode & 0o111, content];
}
