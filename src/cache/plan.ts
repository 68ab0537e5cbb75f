import { renderSystemError } from '../errors/system.ts';
import { decide, leaveAlone, type Known, type Verdict } from './decide.ts';
import { type Entry, isAlike, isUnchanged, lookAt, roundUp, sizeOf, stamp } from './entry.ts';
import { areOfTwoKinds, weighKinds } from './kinds.ts';
import { list, type Listing } from './listing.ts';
import { Manifest } from './manifest.ts';
import { above, below, inTree } from './names.ts';

/** Where a home cache is, and where it is staged. */
export type Trees = { readonly home: string; readonly staged: string };

/** `in`: from home to the staging directory; `out`: back. */
export type Direction = 'in' | 'out';

/** What is to be done to the tree that is staged to. Paths are below the trees. */
export type Change =
  /** A file, a link or a FIFO, in place of what stands there. */
  | {
      readonly is: 'make';
      readonly path: string;
      /** What it is to become. */
      readonly entry: Entry;
      /** Nothing stands there. */
      readonly isNew: boolean;
    }
  /** A directory, in place of what stands there if that is none. */
  | { readonly is: 'directory'; readonly path: string }
  /** What stands there goes; a directory only if it has become empty. */
  | { readonly is: 'remove'; readonly path: string; readonly isDirectory: boolean };

/** What can't be copied, and why. */
export type LeftOut = { readonly path: string; readonly reason: string };

export type Plan = {
  readonly direction: Direction;
  readonly trees: Trees;
  /** Directories before what is in them. */
  readonly changes: Change[];
  /** Directories that get the times of those that they are staged from, when all else is done. */
  readonly times: Set<string>;
  readonly leftOut: LeftOut[];
  /** What is known of what stays as it is. */
  readonly manifest: Manifest;
  /** What the changes take in the file system: bytes, and new inodes. */
  readonly room: { needed: number; inodes: number };
};

/** Finds out what is to be done. Yields once for each entry. */
export function* makePlan(
  direction: Direction,
  trees: Trees,
  known: Manifest,
): Generator<void, Plan> {
  const walk = new Walk(direction, trees, known);
  if (direction === 'out') walk.plan.manifest.spans.push(...known.spans);
  const directories = [''];
  // Grows while it is gone through.
  for (const directory of directories) {
    for (const path of walk.visit(directory)) {
      if (path !== undefined) directories.push(path);
      yield;
    }
  }
  return walk.plan;
}

class Walk {
  readonly plan: Plan;
  readonly #known: Manifest;
  /** Directories that are there, or will be. */
  readonly #ensured = new Set(['']);
  /** Directories in place of something else: nothing that is known of what is in them holds there. */
  readonly #anew = new Set<string>();

  constructor(direction: Direction, trees: Trees, known: Manifest) {
    this.#known = known;
    this.plan = {
      direction,
      trees,
      changes: [],
      times: new Set(),
      leftOut: [],
      manifest: new Manifest(),
      room: { needed: 0, inodes: 0 },
    };
  }

  /** Looks at what is in a directory; of those in it that are to be visited, too, yields the paths. */
  *visit(directory: string): Generator<string | undefined> {
    const { changes, times, manifest } = this.plan;
    const known = this.#anew.has(directory) ? undefined : this.#known.in(directory);
    const listing = this.#try(directory, () => list(this.plan, directory));
    const all = listing === undefined ? [] : [...listing.staged, ...(listing.home ?? [])];
    const before = changes.length;
    using _open = { [Symbol.dispose]: () => listing?.close() };
    for (const name of new Set([...all, ...(known?.keys() ?? [])])) {
      const its = { name, path: below(directory, name), known: known?.get(name) };
      const isVisited = listing && this.#try(its.path, () => this.#look(its, listing));
      if (isVisited === undefined && its.known !== undefined) manifest.keep(its.path, its.known);
      yield isVisited === true ? its.path : undefined;
    }
    if (changes.length > before && directory !== '') times.add(directory);
  }

  /** What can't be read is left out, and stays as it is on the other side. */
  #try<Result>(path: string, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      this.plan.leftOut.push({ path, reason: renderSystemError(error) });
      return undefined;
    }
  }

  /**
   * Plans for one path; whether it is a directory to be visited. Where the side that is staged from has
   * not changed, the other one need not be looked at: whatever happened there, it stays. But what is in
   * a directory needs one there.
   */
  #look({ name, path, known }: Name, listing: Listing): boolean {
    const { direction, trees } = this.plan;
    const isUnfinished = this.#known.unfinished.has(path);
    const [from, to] =
      direction === 'in' ? (['home', 'staged'] as const) : (['staged', 'home'] as const);
    const isGone = listing.source === undefined || listing[from]?.has(name) === false;
    const source = isGone ? undefined : lookAt(name, listing.source);
    const isThere = listing[to]?.has(name) !== false && !isUnfinished;
    const look = (): Entry | undefined =>
      listing[to]?.has(name) === false ? undefined : lookAt(inTree(trees[to], path));
    if (source && known && isThere && this.#isKnown(source, known)) {
      const isReplaced = source.kind === 'directory' && areOfTwoKinds(source, look());
      if (!isReplaced) return this.#keep(path, source, known);
    }
    const target = look();
    if (source === undefined && target === undefined) return false;
    const [home, staged] = direction === 'in' ? [source, target] : [target, source];
    const { spans } = this.#known;
    const isConflict = areOfTwoKinds(home, staged);
    const sides = { home, staged, known };
    const verdict = decide(direction, {
      ...(isConflict ? weighKinds(sides, path, { trees, manifest: this.#known }) : sides),
      spans,
      isUnfinished,
      isAlike: () =>
        home !== undefined &&
        staged !== undefined &&
        isAlike([home, inTree(trees.home, path)], [staged, inTree(trees.staged, path)]),
    });
    this.#follow(verdict, { path, home, staged, known });
    if (isConflict && verdict === to) {
      this.plan.manifest.keepBelow(path, this.#known);
      return false;
    }
    const [winner, other] = verdict === 'staged' ? [staged, home] : [home, staged];
    return (winner ?? other)?.kind === 'directory';
  }

  #isKnown(source: Entry, { home, staged }: Known): boolean {
    return this.plan.direction === 'in'
      ? isUnchanged(source, home, this.#known.spans)
      : isUnchanged(source, staged);
  }

  #keep(path: string, source: Entry, known: Known): boolean {
    const { direction, manifest, times } = this.plan;
    const isIn = direction === 'in';
    manifest.keep(path, isIn ? { home: stamp(source), staged: known.staged } : known);
    if (source.kind !== 'directory') return false;
    if (source.modified !== (isIn ? known.home : known.staged)[3]) times.add(path);
    return true;
  }

  #follow(verdict: Verdict, { path, home, staged, known }: Found): void {
    const { direction, manifest, times } = this.plan;
    const [source, target] = direction === 'in' ? [home, staged] : [staged, home];
    if (verdict === 'both' && home !== undefined && staged !== undefined) {
      manifest.record(path, home, staged);
      const last = direction === 'in' ? known?.home : known?.staged;
      const isLater = source?.modified !== (last?.[3] ?? target?.modified);
      if (home.kind === 'directory' && isLater) times.add(path);
    } else if (verdict === (direction === 'in' ? 'home' : 'staged')) {
      this.#change(path, source, target);
    } else if (known !== undefined) {
      manifest.keep(path, known);
    } else if (this.#known.isFirst && home === undefined && staged !== undefined) {
      manifest.keep(path, leaveAlone(staged));
    }
  }

  #change(path: string, source: Entry | undefined, target: Entry | undefined): void {
    const { changes, leftOut, room } = this.plan;
    if (source?.kind === 'other') {
      leftOut.push({ path, reason: 'sockets and devices are not copied' });
      return;
    }
    if (target === undefined) room.inodes += 1;
    if (source !== undefined) this.#ensureDirectory(above(path));
    if (source === undefined) {
      changes.push({ is: 'remove', path, isDirectory: target?.kind === 'directory' });
    } else if (source.kind === 'directory') {
      const isReplaced = areOfTwoKinds(source, target);
      const isBelow = target === undefined && this.#anew.has(above(path));
      if (isReplaced || isBelow) this.#anew.add(path);
      this.#makeDirectory(path);
    } else {
      room.needed += roundUp(sizeOf(source));
      changes.push({ is: 'make', path, entry: source, isNew: target === undefined });
    }
  }

  #makeDirectory(path: string): void {
    this.#ensured.add(path);
    this.plan.times.add(path);
    this.plan.changes.push({ is: 'directory', path });
  }

  /** Somebody may have removed it, and what is to be made in it counts more. */
  #ensureDirectory(path: string): void {
    if (this.#ensured.has(path)) return;
    const { direction, trees } = this.plan;
    const target = direction === 'in' ? trees.staged : trees.home;
    this.#ensureDirectory(above(path));
    if (lookAt(inTree(target, path))?.kind === 'directory') this.#ensured.add(path);
    else this.#makeDirectory(path);
  }
}

/** A name in a directory. */
type Name = { readonly name: string; readonly path: string; readonly known: Known | undefined };

/** A path on both sides. */
type Found = {
  readonly path: string;
  readonly home: Entry | undefined;
  readonly staged: Entry | undefined;
  readonly known: Known | undefined;
};
