import { lstatSync, renameSync, unlinkSync } from 'node:fs';
import { renderSystemError } from '../errors/system.ts';
import { removeIfEmpty, type Tally } from './apply.ts';
import { lookAt } from './entry.ts';
import { openUp } from './heal.ts';
import { below, inTree, readListing, toBytes } from './names.ts';
import type { Change, Plan } from './plan.ts';
import { areDirectories } from './workshop.ts';

/** The changes by directory and name. */
export type Changes = ReadonlyMap<string, ReadonlyMap<string, Change>>;

export type Place = {
  readonly plan: Plan;
  /** The directory of the home cache that is made anew. */
  readonly root: string;
  /** Where it is made. */
  readonly fresh: string;
  readonly tally: Tally;
  /**
   * Directories that are at home, and no links: when entries had come or gone there last, before they
   * were listed.
   */
  readonly listed: Map<string, number>;
};

/** What fails is told, and nothing else. */
export function passOver({ leftOut }: Plan, path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    leftOut.push({ path, reason: renderSystemError(error) });
  }
}

/** Where a path below the root is in the new tree; after the exchange, in the old one. */
export function atFresh({ root, fresh }: Place, path: string): string {
  return path === root ? fresh : `${fresh}/${root === '' ? path : path.slice(root.length + 1)}`;
}

/**
 * Removes the old one, which stands where the new one was made. What somebody who doesn't ask for
 * locks has written there in the meantime has a single link: it takes its place in the new one.
 */
export function* removeOld(place: Place, changes: Changes): Generator<void> {
  const { plan } = place;
  const directories = [place.root];
  for (const directory of directories) {
    const old = atFresh(place, directory);
    const isLate = findLate(place, directory, changes.get(directory));
    passOver(plan, directory, () => openUp(old));
    for (const { name, isDirectory } of tryToList(old)) {
      const path = below(directory, name);
      const [its, inPlace] = [`${old}/${name}`, inTree(plan.trees.home, path)];
      passOver(plan, path, () => {
        if (isLate(name, isDirectory)) renameSync(toBytes(its), toBytes(inPlace));
        else if (isDirectory) directories.push(path);
        else unlinkSync(toBytes(its));
      });
      yield;
    }
  }
  for (const directory of directories.toReversed()) {
    passOver(plan, directory, () => removeIfEmpty(atFresh(place, directory)));
    yield;
  }
}

/** What can't be listed can't be removed either, which is told. */
function tryToList(directory: string): ReturnType<typeof readListing> {
  try {
    return readListing(directory);
  } catch {
    return [];
  }
}

/** Tells what is to be moved: nothing but into the directory that stands for the same in the new one. */
function findLate(
  place: Place,
  directory: string,
  changes: ReadonlyMap<string, Change> | undefined,
): (name: string, isDirectory: boolean) => boolean {
  const { home } = place.plan.trees;
  const [old, inPlace] = [atFresh(place, directory), inTree(home, directory)];
  const listed = place.listed.get(directory);
  if (listed === undefined || lookAt(old)?.modified === listed) return () => false;
  const isInPlace = areDirectories(home, directory);
  return (name, isDirectory) => {
    if (changes?.has(name) === true) return false;
    const isLate = isDirectory
      ? !isInPlace || lookAt(`${inPlace}/${name}`) === undefined
      : lstatSync(toBytes(`${old}/${name}`)).nlink === 1;
    if (isLate && !isInPlace) throw new Error('it came when its directory was removed');
    return isLate;
  };
}
