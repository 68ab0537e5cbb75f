import { randomUUID } from 'node:crypto';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../errors/system.ts';
import { makeDirectory } from './directory.ts';

/** A file that is being written, and is to take the place of an older one, or none, when it is whole. */
export type Replacement = AsyncDisposable & {
  readonly handle: FileHandle;
  /** Gives it its name; without that nothing is left of it. */
  readonly finish: () => Promise<void>;
};

export async function openReplacement(file: string): Promise<Replacement> {
  await requireReplaceable(file);
  const directory = dirname(file);
  makeDirectory(directory);
  const temporary = join(directory, `.guix-entry-point-${randomUUID()}`);
  const handle = await open(temporary, 'wx', 0o644);
  return {
    handle,
    async finish() {
      await handle.close();
      await requireReplaceable(file);
      await rename(temporary, file);
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
      await rm(temporary, { force: true });
    },
  };
}

/** A rename would take the place of nearly anything. */
export async function requireReplaceable(file: string): Promise<void> {
  const found = await lstat(file).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined || found.isFile()) return;
  if (found.isSymbolicLink()) throw new Error('a symbolic link stands in its place');
  if (found.isDirectory()) throw new Error('a directory stands in its place');
  throw new Error('something that is no file stands in its place');
}
