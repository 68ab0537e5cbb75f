import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { EntryPointError } from '../errors/failure.ts';
import { guix } from './guix.ts';
import type { Kind } from './kind.ts';

type Wish = {
  readonly kind: Kind;
  /** By an option. */
  readonly named: string | undefined;
  /** With the profiles in it. */
  readonly environment: NodeJS.ProcessEnv;
};

/** The daemon's program: the one named by an option, else where its like are. */
export function locateDaemon({ kind, named, environment }: Wish): string {
  if (named !== undefined) return named;
  const { program, title } = kind;
  const places = listPlaces(program, kind, environment);
  const found = places.find(isProgram);
  if (found !== undefined) return found;
  throw new EntryPointError({ kind: 'daemon-not-found', program, title, places });
}

/** The same, if it is there; the environment need not have the profiles in it yet. */
export function findInstalled(kind: Kind, environment: NodeJS.ProcessEnv): string | undefined {
  const { program, profiles } = kind;
  const inProfiles = profiles.list(environment).map((profile) => join(profile, 'bin', program));
  return [...listPlaces(program, kind, environment), ...inProfiles].find(isProgram);
}

/** The program that people use, found like the daemon. */
export function findClient(kind: Kind, environment: NodeJS.ProcessEnv): string | undefined {
  return listPlaces(kind.client, kind, environment).find(isProgram);
}

/** The program `guix`, found like the daemon. */
export function locateGuix(environment: NodeJS.ProcessEnv): string {
  const places = listPlaces(guix.client, guix, environment);
  const found = places.find(isProgram);
  if (found !== undefined) return found;
  throw new EntryPointError({ kind: 'guix-not-found', places });
}

/** Where a program of this kind can be, the first place first. */
function listPlaces(
  program: string,
  kind: Kind,
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  const onPath = (environment['PATH'] ?? '').split(':').filter(Boolean);
  return [...kind.installedAt(environment), ...onPath].map((place) => join(place, program));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
