import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProfileRules } from '../daemon/kind.ts';
import type { Report } from '../events/event.ts';
import type { Environment } from './profile-script.ts';
import { listProfiles } from './profile.ts';
import { type Parted, partValue } from './store-entries.ts';
import { leadsIntoStore } from './stores.ts';

/** A variable that makes whoever reads it load code from a store. */
export type StoreVariable = Parted & { readonly name: string };

/**
 * What nobody loads code from, whatever stands in it: names of programs, documentation, data that
 * has the same form everywhere, where a process is, and what only Guix's and Nix's own programs read.
 */
const harmless = new Set([
  ...['PATH', 'SHELL', '_', 'MANPATH', 'INFOPATH'],
  ...['SSL_CERT_DIR', 'SSL_CERT_FILE', 'GIT_SSL_CAINFO', 'CURL_CA_BUNDLE'],
  ...['LOCPATH', 'TZDIR', 'TERMINFO', 'TERMINFO_DIRS'],
  ...['HOME', 'PWD', 'OLDPWD'],
]);

function isHarmless(name: string): boolean {
  return harmless.has(name) || name.startsWith('GUIX_') || name.startsWith('NIX_');
}

/** Finds them by their values; no list of names would ever be complete. */
export function findStoreVariables(environment: Environment): readonly StoreVariable[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    const parted = isHarmless(name) ? undefined : partValue(value);
    return parted === undefined ? [] : [{ name, ...parted }];
  });
}

/**
 * Those that were given to us so, and not by a profile that we load, or that a run around this one
 * has loaded: the fault, if there is one, is that of whoever set them.
 */
export function findForeignVariables(
  variables: readonly StoreVariable[],
  { given, rules }: { readonly given: Environment; readonly rules: ProfileRules },
): readonly StoreVariable[] {
  const profiles = listProfiles(rules, given);
  return variables.filter(({ name }) => {
    const entries = partValue(given[name] ?? '')?.entries ?? [];
    return entries.some((entry) => {
      const profile = profiles.find((one) => entry.startsWith(`${one}/`));
      return profile === undefined || !sets(join(profile, rules.script), name);
    });
  });
}

/** Whether the script of a profile sets a variable. */
function sets(script: string, name: string): boolean {
  try {
    return readFileSync(script, 'utf8').includes(`export ${name}=`);
  } catch {
    return false;
  }
}

type Wish = {
  /** As it was given to us. */
  readonly given: Environment;
  /** With the profiles in it. */
  readonly loaded: Environment;
  readonly rules: ProfileRules;
  /** Take them away, instead of only telling. */
  readonly clean: boolean;
  readonly report: Report;
};

/** The environment that a program is to be started with, made from one for whatever program. */
export type FitEnvironment = (environment: Environment, program: string) => Environment;

/**
 * Programs of this machine that load code from a store fail in ways that nobody understands: another
 * C library, another version. Programs in a store are made for it, and keep their variables.
 */
export function fitEnvironments(wish: Wish): FitEnvironment {
  const found = findStoreVariables(wish.loaded);
  if (found.length === 0) return (environment) => environment;
  let isTold = false;
  return (environment, program) => {
    if (leadsIntoStore(program)) return environment;
    if (!wish.clean) {
      if (!isTold) tell(found, wish);
      isTold = true;
      return environment;
    }
    const removed = found.map(({ name, entries }) => ({ name, entries }));
    wish.report({ event: 'environment-cleaned', program, removed });
    return takeAway(found, environment);
  };
}

function tell(found: readonly StoreVariable[], { given, rules, report }: Wish): void {
  const foreign = findForeignVariables(found, { given, rules });
  const own = found.filter((variable) => !foreign.includes(variable));
  const nameAll = (variables: readonly StoreVariable[]): readonly string[] =>
    variables.map(({ name }) => name);
  if (foreign.length > 0) report({ event: 'store-variables', variables: nameAll(foreign) });
  if (own.length > 0) report({ event: 'profile-variables', variables: nameAll(own) });
}

function takeAway(found: readonly StoreVariable[], environment: Environment): Environment {
  const rests = new Map(found.map(({ name, rest }) => [name, rest]));
  return Object.fromEntries(
    Object.entries(environment)
      .map(([name, value]) => [name, rests.get(name) ?? value] as const)
      .filter(([name, value]) => value !== '' || !rests.has(name)),
  );
}
