import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { EntryPointError } from '../errors/failure.ts';
import { guix } from './guix.ts';

/**
 * Finds the daemon's program: the one named by an option, else in the profile of `guix pull`, where
 * installers place it, and on PATH.
 */
export function locateDaemon({
  named,
  profile,
  path,
}: {
  readonly named: string | undefined;
  readonly profile: string | undefined;
  readonly path: string | undefined;
}): string {
  if (named !== undefined) return named;
  const directories = [
    ...(profile === undefined ? [] : [join(profile, 'bin')]),
    ...guix.installedAt,
    ...(path ?? '').split(':').filter(Boolean),
  ];
  const places = directories.map((directory) => join(directory, guix.program));
  const found = places.find(isProgram);
  if (found !== undefined) return found;
  throw new EntryPointError({ kind: 'daemon-not-found', program: guix.program, places });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
