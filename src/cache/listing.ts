import { closeSync } from 'node:fs';
import { inTree, openDirectory, readNames, readTop } from './names.ts';
import type { Plan } from './plan.ts';

/** What is in a directory; on the way out, what is at home matters only where something changed. */
export type Listing = {
  readonly staged: ReadonlySet<string>;
  readonly home: ReadonlySet<string> | undefined;
  /** The directory on the side that is staged from, open. */
  readonly source: number | undefined;
  readonly close: () => void;
};

/** Lists a directory, given as a path below the trees; what is ours at their tops is left out. */
export function list(
  { direction, trees }: Pick<Plan, 'direction' | 'trees'>,
  directory: string,
): Listing {
  const read = directory === '' ? readTop : readNames;
  const staged = new Set(read(inTree(trees.staged, directory)));
  const home = direction === 'in' ? new Set(read(inTree(trees.home, directory))) : undefined;
  const source = openDirectory(inTree(direction === 'in' ? trees.home : trees.staged, directory));
  return { staged, home, source, close: () => source !== undefined && closeSync(source) };
}
