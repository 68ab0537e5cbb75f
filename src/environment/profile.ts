import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EntryPointError } from '../errors/failure.ts';
import type { Report } from '../events/event.ts';
import { findHome } from './home.ts';
import { type Environment, runProfileScript } from './profile-script.ts';

/** Where root's `guix pull` leaves its profile; images of Guix have it there whatever `HOME` says. */
const rootsProfile = '/root/.config/guix/current';

/** The search paths that a profile adds to even when its `etc/profile` doesn't name them. */
const searchPaths = [
  ['PATH', 'bin'],
  ['INFOPATH', 'share/info'],
  ['MANPATH', 'share/man'],
] as const;

/** The profile that `guix pull` made: `GUIX_PROFILE`, else root's, else the user's. */
export function findProfile(environment: NodeJS.ProcessEnv): string | undefined {
  if (environment['GUIX_PROFILE']) return environment['GUIX_PROFILE'];
  return [rootsProfile, join(findHome(environment), '.config/guix/current')].find((profile) =>
    existsSync(profile),
  );
}

/** The profiles that are there to be loaded; the one that comes first on PATH is first. */
export function listProfiles(environment: NodeJS.ProcessEnv): readonly string[] {
  const pulled = findProfile(environment);
  return [packagesOf(environment), ...(pulled === undefined ? [] : [pulled])].filter(existsSync);
}

/**
 * The environment with Guix in it, as `/etc/profile.d/zzz-guix.sh` and the manual ("Getting
 * Started") have it: the profile of `guix pull`, then before it the user's own packages.
 */
export async function loadProfiles(
  environment: NodeJS.ProcessEnv,
  profiles: readonly string[],
  { signal, report }: { readonly signal: AbortSignal; readonly report: Report },
): Promise<Environment> {
  const named = environment['GUIX_PROFILE'];
  if (named && !existsSync(named)) report({ event: 'profile-missing', profile: named });
  let loaded = withoutUnset(environment);
  for (const profile of profiles.toReversed()) {
    loaded = await loadProfile(profile, loaded, signal);
  }
  const packages = packagesOf(environment);
  const locales = join(packages, 'lib/locale');
  return profiles.includes(packages) && existsSync(locales)
    ? { GUIX_LOCPATH: locales, ...loaded }
    : loaded;
}

async function loadProfile(
  profile: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<Environment> {
  const script = join(profile, 'etc/profile');
  const place = { script, profile, environment, signal };
  const added = existsSync(script) ? await loadScript(place) : environment;
  return searchPaths.reduce(
    (variables, [name, directory]) => prepend(variables, name, join(profile, directory)),
    added,
  );
}

async function loadScript(place: Parameters<typeof runProfileScript>[1]): Promise<Environment> {
  const { script, signal } = place;
  try {
    return await runProfileScript(readFileSync(script, 'utf8'), place);
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EntryPointError({ kind: 'profile-broken', script, reason }, { cause });
  }
}

/** Puts a directory that exists in front, unless it is there already: a nested call adds nothing. */
function prepend(environment: Environment, name: string, directory: string): Environment {
  const given = environment[name];
  if (given?.split(':').includes(directory) === true || !existsSync(directory)) return environment;
  // An empty entry keeps the system's default places of man and info.
  const rest = given ?? (name === 'PATH' ? undefined : '');
  return { ...environment, [name]: rest === undefined ? directory : `${directory}:${rest}` };
}

/** The user's own packages. */
function packagesOf(environment: NodeJS.ProcessEnv): string {
  return join(findHome(environment), '.guix-profile');
}

function withoutUnset(environment: NodeJS.ProcessEnv): Environment {
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(set);
}
