import { rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Plan } from './plan.ts';

/** Removes what a build leaves beside its items: its log, and where it failed, locks and a root. */
export function removeTraces({ builder, derivation, output }: Plan, logDirectory: string): void {
  const name = basename(derivation);
  const log = join(logDirectory, 'drvs', name.slice(0, 2), name.slice(2));
  for (const item of [builder, derivation, output]) {
    attempt(() => rmSync(`${item}.lock`, { force: true }));
  }
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
