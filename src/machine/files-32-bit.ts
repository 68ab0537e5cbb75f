import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file whose number or time a program of 32 bits can't be told: EOVERFLOW. */
export type LargeFile = { readonly path: string; readonly value: 'inode number' | 'time' };

/** How many files are looked at: where one is large, as a rule most are. */
const enough = 2000;

/** Looks for one in a directory and what is below it, the upper files first. */
export function findLargeFile(directory: string): LargeFile | undefined {
  const paths = [directory];
  for (let at = 0; at < paths.length && at < enough; at += 1) {
    const path = paths[at] ?? '';
    const value = examine(path);
    if (value !== undefined) return { path, value };
    if (paths.length < enough) paths.push(...list(path));
  }
  return undefined;
}

function examine(path: string): LargeFile['value'] | undefined {
  try {
    const { ino, mtimeMs, ctimeMs } = lstatSync(path, { bigint: true });
    // Node takes the highest bit for a sign.
    if (BigInt.asUintN(64, ino) >= 2n ** 32n) return 'inode number';
    return [mtimeMs, ctimeMs].some((time) => time / 1000n >= 2n ** 31n) ? 'time' : undefined;
  } catch {
    // It is gone, or a secret.
    return undefined;
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name));
  } catch {
    // It is no directory, or a secret one.
    return [];
  }
}
