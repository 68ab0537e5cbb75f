import { closeSync, lstatSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { errorCode } from '../errors/system.ts';
import { callSystem } from '../processes/libc.ts';
import { copyOrLeaveOut, removeIfEmpty, takeOver, type Tally } from './apply.ts';
import { Copier, keepMetadata } from './copy.ts';
import { type Entry, lookAt, type Span } from './entry.ts';
import { openUp } from './heal.ts';
import {
  above,
  below,
  inTree,
  nameOf,
  openDirectory,
  readListing,
  toBytes,
  toNative,
} from './names.ts';
import type { Change, Plan } from './plan.ts';
import { exchange } from './workshop.ts';

// The part of the home cache in which something changes is made anew beside the old one: unchanged
// files are further links of the same, changed ones are copied. Then both change places, in one
// step of the kernel, and the old one is removed. Whenever we are killed, a whole one is in place.

/** The changes by directory and name. */
type Changes = ReadonlyMap<string, ReadonlyMap<string, Change>>;

type Place = {
  readonly plan: Plan;
  /** The directory of the home cache that is made anew. */
  readonly root: string;
  /** Where it is made. */
  readonly fresh: string;
  readonly tally: Tally;
  /** When entries of each directory had come or gone last, before it was listed. */
  readonly listed: Map<string, number | undefined>;
};

/** A file can't get a further link, or a directory not be made anew: it isn't ours, or has too many. */
export class NotLinkable extends Error {
  override readonly name = 'NotLinkable';
}

/** Changes the home cache as planned; returns the time in which it had links of ours. */
export function* stageOutByExchange(place: Place): Generator<void, Span> {
  const { plan, root, fresh } = place;
  const { home } = plan.trees;
  const changes = groupChanges(plan.changes);
  const from = Date.now() - clockDiffers;
  const [aboveRoot, target] = [inTree(home, above(root)), inTree(home, root)];
  const aboveBefore = lookAt(aboveRoot);
  yield* build(place, changes);
  exchange(fresh, target);
  if (root !== '' && aboveBefore !== undefined) keepMetadata(aboveRoot, aboveBefore);
  for (const path of plan.times) {
    if (!isBelow(path, root)) takeOver(inTree(plan.trees.staged, path), inTree(home, path));
  }
  yield* removeOld(place, changes);
  return [from, Date.now() + clockDiffers];
}

/** The kernel's clock for inodes ticks up to 10 ms late, and both round. */
const clockDiffers = 20; // ms

/** The deepest directory in which all changes are. */
export function findRoot(changes: readonly Change[]): string {
  let root: readonly string[] | undefined;
  for (const { path } of changes) {
    const parts = above(path).split('/');
    const differs = (root ??= parts).findIndex((part, index) => part !== parts[index]);
    if (differs !== -1) root = root.slice(0, differs);
  }
  return root?.join('/') ?? '';
}

function isBelow(path: string, directory: string): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}

function groupChanges(changes: readonly Change[]): Changes {
  const grouped = new Map<string, Map<string, Change>>();
  for (const change of changes) {
    const directory = above(change.path);
    const names = grouped.get(directory) ?? new Map<string, Change>();
    grouped.set(directory, names.set(nameOf(change.path), change));
  }
  return grouped;
}

function* build(place: Place, changes: Changes): Generator<void> {
  const { plan, root, fresh } = place;
  const { home } = plan.trees;
  const builder = new Builder(place);
  mkdirSync(fresh, { mode: 0o700 });
  const directories = [root];
  for (const directory of directories) {
    const its = changes.get(directory);
    const old = lookAt(inTree(home, directory));
    if (old !== undefined && !canBeMadeAnew(old)) throw new NotLinkable(directory);
    place.listed.set(directory, old?.modified);
    const there = readListing(inTree(home, directory));
    using both = openBoth(place, directory);
    for (const { name, isDirectory } of there) {
      const path = below(directory, name);
      const change = its?.get(name);
      if (change === undefined && !isDirectory) link([both.from, name], [both.to, name]);
      else if (yield* builder.make(path, { isDirectory, change })) directories.push(path);
      yield;
    }
    const names = new Set(there.map(({ name }) => name));
    for (const [name, change] of its ?? []) {
      const isNew = !names.has(name);
      if (isNew && (yield* builder.make(change.path, { isDirectory: false, change }))) {
        directories.push(change.path);
      }
    }
  }
  for (const directory of directories.toReversed()) {
    finish(place, directory, changes.get(above(directory))?.get(nameOf(directory)));
    yield;
  }
}

/** Only root can give a directory to somebody else. */
function canBeMadeAnew({ owner }: Entry): boolean {
  const user = process.geteuid?.();
  return user === 0 || owner === user;
}

/** When all that is in a directory is there. */
function finish(place: Place, directory: string, change: Change | undefined): void {
  const { trees, times } = place.plan;
  const target = atFresh(place, directory);
  if (change?.is === 'remove') removeIfEmpty(target);
  const isStaged = change?.is === 'directory' || times.has(directory);
  takeOver(inTree(isStaged ? trees.staged : trees.home, directory), target);
}

/** Where a path below the root is in the new tree; after the exchange, in the old one. */
function atFresh({ root, fresh }: Place, path: string): string {
  return path === root ? fresh : `${fresh}/${root === '' ? path : path.slice(root.length + 1)}`;
}

/** What is at home at a path, and what changes there. */
type There = { readonly isDirectory: boolean; readonly change: Change | undefined };

class Builder {
  readonly #place: Place;
  readonly #copier = new Copier();

  constructor(place: Place) {
    this.#place = place;
  }

  /** Makes one path anew; whether it is a directory, whose content follows. */
  *make(path: string, { isDirectory, change }: There): Generator<void, boolean> {
    const { plan, tally } = this.#place;
    const { home, staged } = plan.trees;
    yield;
    if (change?.is === 'make') {
      const copying = this.#copier.copy(
        { path: inTree(staged, path), entry: change.entry },
        atFresh(this.#place, path),
      );
      const { leftOut } = plan;
      const made = yield* copyOrLeaveOut(copying, { path, leftOut, tally });
      if (made !== undefined || lookAt(inTree(home, path)) === undefined) return false;
    } else if (change?.is === 'remove' && !isDirectory) {
      return false;
    }
    if (isDirectory || change?.is === 'directory') {
      mkdirSync(toBytes(atFresh(this.#place, path)), { mode: 0o700 });
      return true;
    }
    link([AT_FDCWD, inTree(home, path)], [AT_FDCWD, atFresh(this.#place, path)]);
    return false;
  }
}

/** A directory at home, if it is there, and the new one, both open. */
function openBoth(
  place: Place,
  directory: string,
): Disposable & Readonly<Record<'from' | 'to', number>> {
  const { home } = place.plan.trees;
  const opened = [inTree(home, directory), atFresh(place, directory)].map(openDirectory);
  const [from = AT_FDCWD, to = AT_FDCWD] = opened;
  const close = (): void => {
    for (const descriptor of opened) if (descriptor !== undefined) closeSync(descriptor);
  };
  return { from, to, [Symbol.dispose]: close };
}

/** A path in an open directory. */
type At = readonly [directory: number, path: string];

const AT_FDCWD = -100;

/** Makes a further link of a file; the way there need not be gone for each. */
function link([from, path]: At, [to, newPath]: At): void {
  try {
    callSystem('linkat', from, toNative(path), to, toNative(newPath), 0);
  } catch (error) {
    const code = errorCode(error);
    // Removed in this moment, by somebody who doesn't ask for locks.
    if (code === 'ENOENT') return;
    if (code === 'EPERM' || code === 'EACCES' || code === 'EMLINK' || code === 'EXDEV') {
      throw new NotLinkable(path, { cause: error });
    }
    throw error;
  }
}

/**
 * Removes the old one, which stands where the new one was made. What somebody who doesn't ask for
 * locks has written there in the meantime has a single link: it takes its place in the new one.
 */
function* removeOld(place: Place, changes: Changes): Generator<void> {
  const directories = [place.root];
  for (const directory of directories) {
    const its = changes.get(directory);
    const old = atFresh(place, directory);
    const isAsListed = lookAt(old)?.modified === place.listed.get(directory);
    openUp(old);
    for (const { name, isDirectory } of readListing(old)) {
      const path = below(directory, name);
      const inPlace = inTree(place.plan.trees.home, path);
      const isLate =
        !isAsListed && its?.has(name) !== true && isAlone(`${old}/${name}`, isDirectory, inPlace);
      if (isLate) renameSync(toBytes(`${old}/${name}`), toBytes(inPlace));
      else if (isDirectory) directories.push(path);
      else unlinkSync(toBytes(`${old}/${name}`));
      yield;
    }
  }
  for (const directory of directories.toReversed()) {
    removeIfEmpty(atFresh(place, directory));
    yield;
  }
}

/** Whether a file has no other link; whether a directory has no counterpart. */
function isAlone(path: string, isDirectory: boolean, counterpart: string): boolean {
  if (isDirectory) return lookAt(counterpart) === undefined;
  return lstatSync(toBytes(path)).nlink === 1;
}
