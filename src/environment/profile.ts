import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProfileRules } from '../daemon/kind.ts';
import { EntryPointError } from '../errors/failure.ts';
import type { Report } from '../events/event.ts';
import { type Environment, runProfileScript } from './profile-script.ts';

/** The profiles that are there to be loaded; the one that comes first on PATH is first. */
export function listProfiles(
  { list }: ProfileRules,
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  return list(environment).filter(existsSync);
}

/**
 * The environment with the profiles in it, as `/etc/profile.d/zzz-guix.sh` and "Getting Started" in
 * the manual have it for Guix, and `nix-daemon.sh` for Nix.
 */
export async function loadProfiles(
  environment: NodeJS.ProcessEnv,
  rules: ProfileRules,
  { signal, report }: { readonly signal: AbortSignal; readonly report: Report },
): Promise<Environment> {
  const { variable = '', localeVariable } = rules;
  const named = environment[variable];
  if (named && !existsSync(named)) report({ event: 'profile-missing', profile: named });
  let loaded = withoutUnset(environment);
  for (const profile of listProfiles(rules, environment).toReversed()) {
    loaded = await loadProfile(profile, rules, { environment: loaded, signal });
  }
  const locales = join(rules.list(environment)[0] ?? '/', 'lib/locale');
  return localeVariable !== undefined && existsSync(locales)
    ? { [localeVariable]: locales, ...loaded }
    : loaded;
}

async function loadProfile(
  profile: string,
  { variable, script: name, searchPaths }: ProfileRules,
  { environment, signal }: { readonly environment: Environment; readonly signal: AbortSignal },
): Promise<Environment> {
  const script = join(profile, name);
  const place = {
    script,
    own: variable === undefined ? undefined : ([variable, profile] as const),
    environment,
    signal,
  };
  const added = existsSync(script) ? await loadScript(place) : environment;
  return searchPaths.reduce(
    (variables, [search, directory]) => prepend(variables, search, join(profile, directory)),
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

function withoutUnset(environment: NodeJS.ProcessEnv): Environment {
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(set);
}
