import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it. One at a time: Node's `recursive` goes on for
 * ever where a directory can't be made in one that exists, as in /proc.
 */
export function makeDirectory(directory: string, mode = 0o777): void {
  if (existsSync(directory)) return;
  makeDirectory(dirname(directory), mode);
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
}
