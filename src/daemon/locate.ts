import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { EntryPointError } from '../errors/failure.ts';
import { guix } from './guix.ts';

/** The daemon's program: the one named by an option, else where Guix is. */
export function locateDaemon({
  named,
  ...places
}: Places & { readonly named: string | undefined }): string {
  if (named !== undefined) return named;
  const { found, lookedAt } = locate(guix.program, places);
  if (found !== undefined) return found;
  throw new EntryPointError({
    kind: 'daemon-not-found',
    program: guix.program,
    places: lookedAt,
  });
}

/** The program `guix`, found like the daemon. */
export function locateClient(places: Places): string {
  const { found, lookedAt } = locate(guix.client, places);
  if (found !== undefined) return found;
  throw new EntryPointError({ kind: 'guix-not-found', places: lookedAt });
}

type Places = { readonly profile: string | undefined; readonly path: string | undefined };

/** Guix is in the profile of `guix pull`, where installers place it, or on PATH. */
function locate(
  program: string,
  { profile, path }: Places,
): { readonly found: string | undefined; readonly lookedAt: readonly string[] } {
  const directories = [
    ...(profile === undefined ? [] : [join(profile, 'bin')]),
    ...guix.installedAt,
    ...(path ?? '').split(':').filter(Boolean),
  ];
  const lookedAt = directories.map((directory) => join(directory, program));
  return { found: lookedAt.find(isProgram), lookedAt };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
