import { closestMatch } from 'leven';
import { EntryPointError } from '../errors/failure.ts';
import type { Definitions } from './definitions/file.ts';
import type { Package } from './definitions/package.ts';

/**
 * The packages that are named, by their variables or else as `hello` or `hello@2.12`; without names, all
 * that the file defines.
 */
export function choosePackages(
  definitions: Definitions,
  names: readonly string[],
): readonly Package[] {
  const { file, packages } = definitions;
  if (packages.size === 0) throw new EntryPointError({ kind: 'no-package', file });
  if (names.length === 0) return [...packages.values()];
  return names.map((name) => packages.get(name) ?? findNamed(name, definitions));
}

function findNamed(wanted: string, { file, packages }: Definitions): Package {
  const found = [...packages].filter(([, { name, version }]) =>
    [name, `${name}@${version}`].includes(wanted),
  );
  const [[, first] = [], second] = found;
  if (first !== undefined && second === undefined) return first;
  if (second !== undefined) {
    const variables = found.map(([variable]) => variable);
    throw new EntryPointError({ kind: 'package-ambiguous', name: wanted, file, variables });
  }
  const known = [...packages.keys()];
  const nearest = closestMatch(wanted, known, { maxDistance: 2 });
  const failure = { kind: 'package-unknown', name: wanted, file, known } as const;
  throw new EntryPointError({ ...failure, ...(nearest !== undefined && { nearest }) });
}
