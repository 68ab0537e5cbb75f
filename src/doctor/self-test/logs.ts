import { rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Removes the log of a build, and the directory that has no other. What isn't ours to remove stays. */
export function removeLog(logDirectory: string, derivation: string): void {
  const name = basename(derivation);
  const file = join(logDirectory, 'drvs', name.slice(0, 2), name.slice(2));
  try {
    for (const end of ['', '.gz', '.bz2']) rmSync(`${file}${end}`, { force: true });
    rmdirSync(dirname(file));
  } catch {
    // Another's daemon writes other's logs, and a directory may have more than this one.
  }
}
