import { isUnchanged, lookAt } from './entry.ts';
import { Manifest } from './manifest.ts';
import { below, inTree, readListing } from './names.ts';
import type { Change, Plan } from './plan.ts';

/**
 * What is to be changed at home, without what would take the place of a directory in which something
 * is that was not staged.
 */
export function* spareDirectories(plan: Plan): Generator<void, Plan> {
  const replaced = plan.changes.filter((change) => replacesDirectory(plan, change));
  if (replaced.length === 0) return plan;
  const known = Manifest.read(plan.trees.staged);
  const spared = new Set<Change>();
  for (const change of replaced) {
    if (yield* isAllKnown(plan, known, change.path)) continue;
    spared.add(change);
    const reason = 'at home it is a directory, in which something was written';
    plan.leftOut.push({ path: change.path, reason });
  }
  return { ...plan, changes: plan.changes.filter((change) => !spared.has(change)) };
}

function replacesDirectory({ trees }: Plan, change: Change): boolean {
  if (change.is !== 'make' || change.isNew) return false;
  return lookAt(inTree(trees.home, change.path))?.kind === 'directory';
}

function* isAllKnown({ trees }: Plan, known: Manifest, path: string): Generator<void, boolean> {
  const directories = [path];
  for (const directory of directories) {
    for (const { name, isDirectory } of tryToList(inTree(trees.home, directory)) ?? [unknown]) {
      const its = below(directory, name);
      const stamps = known.in(directory)?.get(name);
      const found = lookAt(inTree(trees.home, its));
      if (!stamps || !found || !isUnchanged(found, stamps.home, known.spans)) return false;
      if (isDirectory) directories.push(its);
      yield;
    }
  }
  return true;
}

/** Whoever can't look can't know. */
function tryToList(directory: string): ReturnType<typeof readListing> | undefined {
  try {
    return readListing(directory);
  } catch {
    return undefined;
  }
}

const unknown = { name: '', isDirectory: false };
