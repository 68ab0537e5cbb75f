import { closestMatch } from 'leven';
import { EntryPointError } from '../errors/failure.ts';
import type { Check } from './check.ts';
import { checks } from './checks/list.ts';

/** The checks of these names, in the order of the list; none: all. */
export function chooseChecks(names: readonly string[]): readonly Check[] {
  const known = checks.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) {
    return names.length === 0 ? checks : checks.filter(({ name }) => names.includes(name));
  }
  const nearest = closestMatch(unknown, known, { maxDistance: 2 });
  const failure = { kind: 'unknown-check', name: unknown, known } as const;
  throw new EntryPointError({ ...failure, ...(nearest !== undefined && { nearest }) });
}
