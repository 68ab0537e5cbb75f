import { rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Made } from './trial.ts';

/** Removes what a build leaves beside its output: its log, and where it failed, a lock and a root. */
export function removeTraces({ derivation, output }: Made, logDirectory: string): void {
  if (derivation === undefined || output === undefined) return;
  const name = basename(derivation);
  const log = join(logDirectory, 'drvs', name.slice(0, 2), name.slice(2));
  attempt(() => rmSync(`${output}.lock`, { force: true }));
  attempt(() => rmSync(`${derivation}.chroot`, { force: true, recursive: true }));
  for (const end of ['', '.gz', '.bz2']) attempt(() => rmSync(`${log}${end}`, { force: true }));
  // Unless it has others.
  attempt(() => rmdirSync(dirname(log)));
}

/** What a daemon of somebody else has written is not ours to remove, and stays. */
function attempt(removal: () => void): void {
  try {
    removal();
  } catch {
    // It is of no consequence.
  }
}
