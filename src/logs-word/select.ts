import { basename, join, resolve } from 'node:path';
import { closestMatch } from 'leven';
import { packageName } from '../build-logs/build.ts';
import { readDerivation } from '../build-logs/derivation.ts';
import type { StoredLog } from '../build-logs/tree.ts';

type Selection = {
  /** The logs that go by any of the names, each once. */
  readonly selected: readonly StoredLog[];
  /** The names that no log goes by, and which one was probably meant. */
  readonly unmatched: readonly { readonly name: string; readonly nearest?: string }[];
};

/** Selects logs by names of packages, derivations, outputs or logs, as people type or paste them. */
export function selectLogs(
  logs: readonly StoredLog[],
  names: readonly string[],
  store: string,
): Selection {
  const found = names.map((name) => ({ name, logs: logs.filter(toPredicate(name, store)) }));
  return {
    selected: [...new Set(found.flatMap((one) => one.logs))],
    unmatched: found
      .filter((one) => one.logs.length === 0)
      .map(({ name }) => ({ name, ...findNearest(name, logs) })),
  };
}

type Predicate = (log: StoredLog) => boolean;

function toPredicate(name: string, store: string): Predicate {
  // The basename of a store item, as an unpacked log is called, too.
  const path = /^[0-9a-z]{32}-[^/]+$/.test(name) ? join(store, name) : resolve(name);
  if (path.startsWith(`${store}/`)) {
    return path.endsWith('.drv')
      ? ({ derivation }) => derivation === path
      : ({ derivation }) => makes(derivation, path);
  }
  if (name.includes('/')) return ({ log }) => log === path;
  const isHash = /^[0-9a-z]{6,32}$/.test(name);
  const wanted = name.replace('@', '-');
  return ({ derivation }) =>
    isNamed(packageName(derivation), wanted) || (isHash && basename(derivation).startsWith(name));
}

/** An output is called as its derivation is, `hello-2.12`, or has its own name behind that: `-doc`. */
function makes(derivation: string, output: string): boolean {
  const [, item = ''] = /^[0-9a-z]{32}-(.*)$/.exec(basename(output)) ?? [];
  // A derivation is read only where its name speaks for it: there may be 50,000.
  return (
    item.startsWith(packageName(derivation)) && readDerivation(derivation).outputs.includes(output)
  );
}

/** `hello` and `hello-2.12` both name `hello-2.12`: a version begins with a digit. */
function isNamed(packageWithVersion: string, name: string): boolean {
  return (
    packageWithVersion === name ||
    (packageWithVersion.startsWith(name) && /^-\d/.test(packageWithVersion.slice(name.length)))
  );
}

/** The package that was probably meant. */
function findNearest(name: string, logs: readonly StoredLog[]): { nearest?: string } {
  const packages = logs.map(({ derivation }) => packageName(derivation));
  const known = new Set(packages.flatMap((one) => [one, one.replace(/-\d.*$/, '')]));
  const maxDistance = Math.min(3, Math.floor(name.length / 2));
  const nearest = closestMatch(name.replace('@', '-'), [...known], { maxDistance });
  return nearest === undefined ? {} : { nearest };
}
