import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { errorCode } from '../errors/system.ts';
import { callSystem } from '../processes/libc.ts';
import { copyOrLeaveOut, removeIfEmpty, takeOver } from './apply.ts';
import { Copier, keepMetadata } from './copy.ts';
import { type Entry, lookAt, type Span } from './entry.ts';
import { above, below, inTree, nameOf, readListing, toBytes, toNative } from './names.ts';
import type { Change, Plan } from './plan.ts';
import { atFresh, type Changes, passOver, type Place, removeOld } from './remove-old.ts';
import { areDirectories, exchange } from './workshop.ts';

// The part of the home cache in which something changes is made anew beside the old one: unchanged
// files are further links of the same, changed ones are copied. Then both change places, in one
// step of the kernel, and the old one is removed. Whenever we are killed, a whole one is in place.

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
  // From here on nothing is as it was: what fails is told.
  passOver(plan, above(root), () => {
    if (root !== '' && aboveBefore !== undefined) keepMetadata(aboveRoot, aboveBefore);
  });
  for (const path of plan.times) if (!isBelow(path, root)) takeTimes(plan, path);
  yield* removeOld(place, changes);
  return [from, Date.now() + clockDiffers];
}

/** Gives a directory at home, which must be inside, the mode, owner and times of the staged one. */
export function takeTimes(plan: Plan, path: string): void {
  const { home, staged } = plan.trees;
  passOver(plan, path, () => {
    if (areDirectories(home, path)) takeOver(inTree(staged, path), inTree(home, path));
  });
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
  if (!areDirectories(home, root)) throw new NotLinkable(root);
  mkdirSync(fresh, { mode: 0o700 });
  const directories = [root];
  for (const directory of directories) {
    const its = changes.get(directory);
    const listing = list(place, directory);
    using both = openBoth(place, directory);
    for (const { name, isDirectory } of listing) {
      const path = below(directory, name);
      const change = its?.get(name);
      if (change === undefined && !isDirectory) link([both.from, name], [both.to, name]);
      else if (yield* builder.make(path, { isThere: true, isDirectory, change }))
        directories.push(path);
      yield;
    }
    const names = new Set(listing.map(({ name }) => name));
    for (const [name, change] of its ?? []) {
      const there = { isThere: false, isDirectory: false, change };
      if (!names.has(name) && (yield* builder.make(change.path, there))) {
        directories.push(change.path);
      }
    }
  }
  for (const directory of directories.toReversed()) {
    finish(place, directory, changes.get(above(directory))?.get(nameOf(directory)));
    yield;
  }
}

/** What is in a directory at home; nothing where a link or something else stands there. */
function list({ plan, root, listed }: Place, directory: string): ReturnType<typeof readListing> {
  const path = inTree(plan.trees.home, directory);
  const isAboveListed = directory === root || listed.has(above(directory));
  const old = isAboveListed ? lookAt(path) : undefined;
  if (old?.kind !== 'directory') return [];
  if (!canBeMadeAnew(old)) throw new NotLinkable(directory);
  listed.set(directory, old.modified);
  try {
    return readListing(path);
  } catch (error) {
    throw new NotLinkable(directory, { cause: error });
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
  const isChanged = change?.is === 'directory' || times.has(directory);
  const isStaged = isChanged && lookAt(inTree(trees.staged, directory))?.kind === 'directory';
  takeOver(inTree(isStaged ? trees.staged : trees.home, directory), target);
}

/** What is at home at a path, and what changes there. */
type There = {
  readonly isThere: boolean;
  readonly isDirectory: boolean;
  readonly change: Change | undefined;
};

class Builder {
  readonly #place: Place;
  readonly #copier = new Copier();

  constructor(place: Place) {
    this.#place = place;
  }

  /** Makes one path anew; whether it is a directory, whose content follows. */
  *make(path: string, { isThere, isDirectory, change }: There): Generator<void, boolean> {
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
      if (made !== undefined || !isThere) return false;
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

/** A directory at home, if it is listed, and the new one, both open. */
function openBoth(
  place: Place,
  directory: string,
): Disposable & Readonly<Record<'from' | 'to', number>> {
  const path = inTree(place.plan.trees.home, directory);
  const from = place.listed.has(directory) ? openInPlace(path) : AT_FDCWD;
  const to = openInPlace(atFresh(place, directory));
  const close = (): void => {
    for (const descriptor of [from, to]) if (descriptor !== AT_FDCWD) closeSync(descriptor);
  };
  return { from, to, [Symbol.dispose]: close };
}

function openInPlace(path: string): number {
  try {
    return openSync(
      toBytes(path),
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
    );
  } catch (error) {
    throw new NotLinkable(path, { cause: error });
  }
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
