import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { encodeBytes } from './bytes.ts';

/** Where programs are when nobody says so. */
export const defaultPath = '/bin:/usr/bin';

/** The first that can be executed; where none can, the first that is there. */
export function findOnPath(command: string, path = defaultPath): string | undefined {
  const files = path.split(':').map((directory) => `${directory || '.'}/${command}`);
  const there = files.filter((file) => findFile(file)?.isFile());
  return there.find((file) => isExecutable(file)) ?? there[0];
}

/** What stands there, as far as we may know. */
export function findFile(file: string): Stats | undefined {
  try {
    return statSync(encodeBytes(file));
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(encodeBytes(file), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
