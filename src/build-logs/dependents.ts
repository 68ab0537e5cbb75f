import { readDerivation } from './derivation.ts';

type Dependent = { readonly derivation: string; readonly outputs: readonly string[] };

/** Those of the derivations that need one of `roots`, or need one that does …; without the roots. */
export function findDependents(
  roots: readonly string[],
  derivations: readonly string[],
): readonly Dependent[] {
  const read = derivations.map((derivation) => ({ derivation, ...readDerivation(derivation) }));
  const users = new Map<string, typeof read>();
  for (const one of read) {
    for (const input of one.inputs) {
      const known = users.get(input);
      if (known === undefined) users.set(input, [one]);
      else known.push(one);
    }
  }
  const found = new Map<string, Dependent>();
  const queue = [...roots];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const { derivation, outputs } of users.get(next) ?? []) {
      if (found.has(derivation) || roots.includes(derivation)) continue;
      found.set(derivation, { derivation, outputs });
      queue.push(derivation);
    }
  }
  return [...found.values()];
}
