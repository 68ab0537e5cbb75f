import { closestMatch } from 'leven';
import { EntryPointError } from '../errors/failure.ts';
import type { Definitions } from './definitions/file.ts';
import type { Package } from './definitions/package.ts';

/** The packages that are named, `hello` or `hello@2.12`; without names, all that the file defines. */
export function choosePackages(
  { file, packages }: Definitions,
  names: readonly string[],
): readonly Package[] {
  if (packages.size === 0) throw new EntryPointError({ kind: 'no-package', file });
  if (names.length === 0) return [...packages.values()];
  return names.map((name) => {
    const found =
      packages.get(name) ??
      [...packages.values()].find(
        (one) => one.name === name || `${one.name}@${one.version}` === name,
      );
    if (found !== undefined) return found;
    const known = [...packages.keys()];
    const nearest = closestMatch(name, known, { maxDistance: 2 });
    const failure = { kind: 'package-unknown', name, file, known } as const;
    throw new EntryPointError({ ...failure, ...(nearest !== undefined && { nearest }) });
  });
}
