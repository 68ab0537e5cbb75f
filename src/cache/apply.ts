import { chmodSync, mkdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { errorCode } from '../errors/system.ts';
import { renderSystemError } from '../errors/system.ts';
import { Copier, keepMetadata, Unreadable } from './copy.ts';
import { type Entry, lookAt } from './entry.ts';
import { markUnfinished } from './manifest.ts';
import { inTree, readListing, toBytes } from './names.ts';
import type { Change, LeftOut, Plan } from './plan.ts';

/** How far a staging is. */
export type Tally = { files: number; bytes: number };

/**
 * Does what is planned for the staging directory. While it is done, a list of it stands there: if we
 * are killed, one of these may be half a file, and what is at home counts.
 */
export function* stageIn(plan: Plan, tally: Tally): Generator<void> {
  const { home, staged } = plan.trees;
  const made = plan.changes.filter(({ is }) => is === 'make');
  markUnfinished(staged, [...made.map(({ path }) => path), ...plan.times]);
  for (const path of [...plan.times].toSorted()) openUp(inTree(staged, path));
  const copier = new Copier();
  for (const change of plan.changes) {
    yield* changeStaged(plan, change, { copier, tally });
  }
  finishDirectories(plan, { source: home, target: staged });
  yield* recordChanges(plan, true);
}

type Means = { readonly copier: Copier; readonly tally: Tally };

function* changeStaged(plan: Plan, change: Change, { copier, tally }: Means): Generator<void> {
  const { trees, leftOut } = plan;
  const target = inTree(trees.staged, change.path);
  yield;
  if (change.is === 'directory') {
    makeDirectory(target);
  } else if (change.is === 'remove') {
    if (!change.isDirectory) unlinkSync(toBytes(target));
  } else {
    if (!change.isNew) openUpBelow(target);
    if (!change.isNew) rmSync(toBytes(target), { recursive: true, force: true });
    const source = { path: inTree(trees.home, change.path), entry: change.entry };
    const { path } = change;
    const made = yield* copyOrLeaveOut(copier.copy(source, target), { path, leftOut, tally });
    if (made !== undefined) plan.manifest.record(path, change.entry, made);
  }
}

type Copying = {
  readonly path: string;
  readonly leftOut: LeftOut[];
  readonly tally: Tally;
};

/** Copies to the end, unless the source can't be read; what stands there then. */
export function* copyOrLeaveOut(
  copying: Generator<number, Entry | undefined>,
  { path, leftOut, tally }: Copying,
): Generator<void, Entry | undefined> {
  try {
    for (;;) {
      const step = copying.next();
      if (step.done === true) {
        tally.files += 1;
        return step.value;
      }
      tally.bytes += step.value;
      yield;
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    leftOut.push({ path, reason: renderSystemError(error.cause) });
    return undefined;
  } finally {
    // Closes its files if we are called off.
    copying.return(undefined);
  }
}

/** Makes a directory for us alone, in place of what stands there if that is none. */
export function makeDirectory(path: string): void {
  const there = lookAt(path);
  if (there?.kind === 'directory') return;
  if (there !== undefined) unlinkSync(toBytes(path));
  mkdirSync(toBytes(path), { mode: 0o700 });
}

/** In a directory that its owner must not write in, nothing can be changed otherwise. */
function openUp(directory: string): void {
  const there = lookAt(directory);
  if (there?.kind !== 'directory' || (there.mode & 0o700) === 0o700) return;
  chmodSync(toBytes(directory), 0o700);
}

/** The same for a directory, if it is one, and all in it. */
function openUpBelow(path: string): void {
  if (lookAt(path)?.kind !== 'directory') return;
  openUp(path);
  for (const { name, isDirectory } of readListing(path)) {
    if (isDirectory) openUpBelow(`${path}/${name}`);
  }
}

/** When all that is in them has been done: removes those that are to go, and sets mode and times. */
function finishDirectories(
  { changes, times }: Plan,
  { source, target }: { readonly source: string; readonly target: string },
): void {
  const removed = changes.filter((change) => change.is === 'remove' && change.isDirectory);
  for (const { path } of removed.toReversed()) removeIfEmpty(inTree(target, path));
  for (const path of [...times].toReversed()) {
    takeOver(inTree(source, path), inTree(target, path));
  }
}

/** Removes a directory, unless somebody has something in it. */
export function removeIfEmpty(path: string): void {
  try {
    rmdirSync(toBytes(path));
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
  }
}

/** Gives a directory the mode, the owner and the times of another, if both are there. */
export function takeOver(from: string, to: string): void {
  const [source, target] = [lookAt(from), lookAt(to)];
  if (source?.kind === 'directory' && target?.kind === 'directory') keepMetadata(to, source);
}

/**
 * Notes down that both sides are the same now where something was done. Where only files were copied,
 * it is noted down already, but of those that got further names since.
 */
export function* recordChanges(plan: Plan, areFilesRecorded: boolean): Generator<void> {
  const left = new Set(plan.leftOut.map(({ path }) => path));
  for (const change of plan.changes) {
    const isRecorded =
      areFilesRecorded && change.is === 'make' && change.entry.identity === undefined;
    if (!isRecorded && !left.has(change.path)) record(plan, change.path);
    yield;
  }
  for (const path of plan.times) record(plan, path);
}

function record({ trees, manifest }: Plan, path: string): void {
  const [home, staged] = [lookAt(inTree(trees.home, path)), lookAt(inTree(trees.staged, path))];
  const isSame = home !== undefined && staged !== undefined && home.kind === staged.kind;
  if (isSame) manifest.record(path, home, staged);
}
