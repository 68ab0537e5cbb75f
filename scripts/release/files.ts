import { mkdir, rename, writeFile } from 'node:fs/promises';
import { path } from 'zx';

/** Writes a file that is there as a whole, or not at all. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, text);
  await rename(beside, file);
}
