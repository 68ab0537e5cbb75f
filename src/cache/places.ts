import { readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isAbsence } from './names.ts';

/** Where a home cache really is, also one that isn't there yet: it may be a symbolic link. */
export function resolveHome(home: string): string {
  try {
    return realpathSync(home);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  try {
    return resolveHome(resolve(dirname(home), readlinkSync(home)));
  } catch {
    return `${realpathSync(dirname(home))}/${home.slice(home.lastIndexOf('/') + 1)}`;
  }
}

/** Whether one directory is in the other, or the same. */
export function areNested(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}
