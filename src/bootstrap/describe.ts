import { quoteWords } from '../events/quote.ts';
import type { PlannedBuild, PlannedSource } from './plan.ts';
import type { Shelves } from './shelves.ts';
import { findSource } from './sources.ts';
import { toPhysical } from './stores.ts';

type Item = PlannedBuild | PlannedSource;
type Finished = Pick<Shelves, 'find'>;

/** Finds out what there is of a plan already; what is said of each item, as a line. */
export async function describeItems(
  builds: readonly PlannedBuild[],
  { shelves, signal }: { readonly shelves: Finished; readonly signal: AbortSignal },
): Promise<(item: Item) => string> {
  const lines = new Map<Item, string>();
  for (const build of builds) {
    lines.set(build, describeBuild(build, shelves));
    for (const input of build.inputs.values()) {
      if (input.is === 'source') lines.set(input, await describeSource(input, signal));
    }
  }
  return (item) => lines.get(item) ?? '';
}

function describeBuild(
  { name, store, derivation: { output } }: PlannedBuild,
  shelves: Finished,
): string {
  const state = shelves.find(output) === undefined ? 'to be built' : 'built';
  return `${name}: ${state}: ${toPhysical(store, output)}`;
}

async function describeSource(source: PlannedSource, signal: AbortSignal): Promise<string> {
  const { fileName, uris } = source.origin;
  const found = await findSource(source, signal);
  if (found.is === 'right') return `source ${fileName}: ${found.file}`;
  if (found.is === 'wrong') return `source ${fileName}: ${found.file} has another hash`;
  return `source ${fileName}: missing${uris[0] === undefined ? '' : `, it comes from ${quoteWords([uris[0]])}`}`;
}
