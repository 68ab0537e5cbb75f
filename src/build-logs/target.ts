import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../errors/system.ts';
import { makeDirectory } from '../files/directory.ts';
import { haveSameContent } from '../files/compare.ts';
import { writeWhole } from '../files/write.ts';

/**
 * A file that is being written, and has no name that anybody waits for until it is whole; except where
 * a file system without hard links makes it a copy.
 */
export type Target = AsyncDisposable & {
  readonly write: (chunk: Buffer) => void;
  /** Gives the file its name, and returns its path. */
  readonly keep: () => Promise<string>;
};

/**
 * Opens a file that is to be `name` in a directory; without `keep` nothing is left of it. What stands
 * there already is never touched: where it has the same content it will do, and otherwise the name
 * gets `.1`, `.2` … behind it.
 */
export async function openTarget(directory: string, name: string): Promise<Target> {
  makeDirectory(directory);
  const temporary = join(directory, `.guix-entry-point-${randomUUID()}`);
  const handle = await open(temporary, 'wx', 0o644);
  return {
    write: (chunk) => writeWhole(handle, chunk),
    async keep() {
      await handle.close();
      for (let attempt = 0; ; attempt++) {
        const file = join(directory, attempt === 0 ? name : `${name}.${attempt}`);
        if (await place(temporary, file)) return file;
      }
    },
    async [Symbol.asyncDispose]() {
      await handle.close();
      await rm(temporary, { force: true });
    },
  };
}

/** Unlike a rename, a link never takes the place of what stands there, links included. */
async function place(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return haveSameContent(temporary, file);
    if (!withoutLinks.has(errorCode(error))) throw error;
  }
  return copy(temporary, file);
}

/** What file systems say that have no hard links. */
const withoutLinks: ReadonlySet<unknown> = new Set(['EPERM', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function copy(temporary: string, file: string): Promise<boolean> {
  try {
    await copyFile(temporary, file, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return haveSameContent(temporary, file);
    throw error;
  }
}
