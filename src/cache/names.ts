import { constants, openSync, readdirSync } from 'node:fs';
import { errorCode } from '../errors/system.ts';
import { decodeBytes, encodeBytes } from '../processes/bytes.ts';

/**
 * What is ours beside a home cache (a new one that is being made), or at the top of one or of what is
 * mounted in it.
 */
export const ours = '.guix-entry-point-cache';

/** What is ours inside a staging directory: what was staged, and whose home cache that is. */
export const oursStaged = '.guix-entry-point-staged';

/** A path as the system has it, whatever its bytes are. */
export function toBytes(path: string): string | Buffer {
  return hasSurrogates.test(path) ? encodeBytes(path) : path;
}

const hasSurrogates = /[\ud800-\udfff]/;

/** The same for `const char *`: a text is made one by itself. */
export function toNative(path: string): string | Buffer {
  return hasSurrogates.test(path) ? toCString(path) : path;
}

/** A path as the C library takes it. */
export function toCString(path: string): Buffer {
  return encodeBytes(`${path}\0`);
}

/** A path below a directory; the directory itself is ''. */
export function below(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** Above a path that `below` made. */
export function above(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** The name of a path that `below` made. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Where a path that `below` made is in a tree. */
export function inTree(tree: string, path: string): string {
  return path === '' ? tree : `${tree}/${path}`;
}

/** The names at the top of a tree without ours, which are never staged themselves. */
export function readTop(tree: string): readonly string[] {
  return readNames(tree).filter((name) => name !== ours && name !== oursStaged);
}

/** The names in a directory; none where there is no such directory. */
export function readNames(directory: string): readonly string[] {
  const path = toBytes(directory);
  try {
    const listed = readdirSync(path);
    const isText = listed.every((name) => !name.includes('\ufffd'));
    return isText ? listed : readdirSync(path, 'buffer').map(decodeBytes);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** The same, and which of them are directories themselves. */
export function readListing(
  directory: string,
): readonly { readonly name: string; readonly isDirectory: boolean }[] {
  const path = toBytes(directory);
  try {
    const listed = readdirSync(path, { withFileTypes: true });
    const isText = listed.every(({ name }) => !name.includes('\ufffd'));
    const entries = isText
      ? listed
      : readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
    return entries.map((entry) => ({
      name: typeof entry.name === 'string' ? entry.name : decodeBytes(entry.name),
      isDirectory: entry.isDirectory(),
    }));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** Opens a directory; `undefined` where there is none. */
export function openDirectory(path: string): number | undefined {
  try {
    return openSync(toBytes(path), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Whether the system says that there is nothing of that name. */
export function isAbsence(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
