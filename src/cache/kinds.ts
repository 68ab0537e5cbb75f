import type { Sides } from './decide.ts';
import { type Entry, isUnchanged, lookAt } from './entry.ts';
import type { Manifest } from './manifest.ts';
import { below, inTree, readNames } from './names.ts';
import type { Trees } from './plan.ts';

/** Whether one is a directory, and the other something else. */
export function areOfTwoKinds(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return (one.kind === 'directory') !== (other.kind === 'directory');
}

type Pair = Pick<Sides, 'home' | 'staged' | 'known'>;

/**
 * Of a path that is a directory on one side only, what is to be decided: a change of anything in the
 * directory is one of itself, and as late.
 */
export function weighKinds(
  { home, staged, known }: Pair,
  path: string,
  { trees, manifest }: { readonly trees: Trees; readonly manifest: Manifest },
): Pair {
  const side = home?.kind === 'directory' ? 'home' : 'staged';
  const directory = side === 'home' ? home : staged;
  if (directory === undefined) return { home, staged, known };
  const latest = findLatestChange(path, { tree: trees[side], side, manifest });
  if (latest === undefined) return { home, staged, known };
  const weighed = { ...directory, modified: Math.max(latest, directory.modified) };
  // What isn't a directory any more has changed for certain.
  const its = known && isUnchanged(directory, known[side]) ? undefined : known;
  return side === 'home'
    ? { home: weighed, staged, known: its }
    : { home, staged: weighed, known: its };
}

type Tree = {
  readonly tree: string;
  readonly side: 'home' | 'staged';
  readonly manifest: Manifest;
};

/** When something in a directory was changed last since it was staged, if anything was. */
function findLatestChange(directory: string, its: Tree): number | undefined {
  const { tree, side, manifest } = its;
  const known = manifest.in(directory);
  const spans = side === 'home' ? manifest.spans : [];
  const names = readNames(inTree(tree, directory));
  const times: number[] = [];
  for (const name of names) {
    const path = below(directory, name);
    const [entry, last] = [lookAt(inTree(tree, path)), known?.get(name)];
    if (entry === undefined) continue;
    if (last === undefined || !isUnchanged(entry, last[side], spans)) times.push(entry.modified);
    const inside = entry.kind === 'directory' ? findLatestChange(path, its) : undefined;
    if (inside !== undefined) times.push(inside);
  }
  const there = new Set(names);
  const isOneGone = [...(known?.keys() ?? [])].some((name) => !there.has(name));
  if (isOneGone) times.push(lookAt(inTree(tree, directory))?.modified ?? 0);
  return times.length === 0 ? undefined : times.reduce((one, other) => Math.max(one, other));
}
