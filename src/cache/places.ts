import { constants, closeSync, existsSync, openSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode } from '../errors/system.ts';
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

/** Where links lead to, also one to something that isn't there yet. */
export function followLinks(path: string): string {
  let end = path;
  // As many as the kernel follows.
  for (let links = 0; links < 40 && !existsSync(end); links += 1) {
    try {
      end = resolve(dirname(end), readlinkSync(end));
    } catch {
      return end;
    }
  }
  return realpathSync(end);
}

/** Whether something is there that is no directory which we can read, and can't become one. */
export function isUnusable(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_DIRECTORY));
    return false;
  } catch (error) {
    return errorCode(error) !== 'ENOENT' || leadsNowhere(path);
  }
}

/** Whether it is a link to something in a directory that isn't there. */
function leadsNowhere(path: string): boolean {
  try {
    readlinkSync(resolveHome(path));
    return true;
  } catch {
    return false;
  }
}
