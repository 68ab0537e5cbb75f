import type { PlannedBuild, PlannedSource } from './plan.ts';
import type { Shelves } from './shelves.ts';

/** Everything that builds make or need, by where they find it. */
export function indexItems(
  builds: readonly PlannedBuild[],
): ReadonlyMap<string, PlannedBuild | PlannedSource> {
  const items = builds.flatMap((build) => [build, ...build.inputs.values()]);
  return new Map(items.map((item) => [item.derivation.output, item]));
}

/** Outputs and sources with all that they refer to, each once. */
export function findClosure(
  outputs: readonly string[],
  shelves: Pick<Shelves, 'find'>,
): readonly string[] {
  const closure = new Set(outputs);
  // A set's iterator comes by what is added meanwhile.
  for (const output of closure) {
    for (const reference of shelves.find(output)?.references ?? []) closure.add(reference);
  }
  return [...closure];
}
