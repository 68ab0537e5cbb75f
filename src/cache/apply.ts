import { lstatSync, mkdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { errorCode } from '../errors/system.ts';
import { renderSystemError } from '../errors/system.ts';
import { Copier, keepMetadata, Unreadable } from './copy.ts';
import { lookAt } from './entry.ts';
import { inTree, ours, toBytes } from './names.ts';
import type { LeftOut, Plan } from './plan.ts';

/** How far a staging is. */
export type Tally = { files: number; bytes: number };

/**
 * Does what is planned for the staging directory. A file takes its place there when it is whole: if
 * we are killed, what is there can be trusted.
 */
export function* stageIn(plan: Plan, tally: Tally): Generator<void> {
  const { home, staged } = plan.trees;
  const temporary = `${staged}/${ours}/new`;
  mkdirSync(`${staged}/${ours}`, { recursive: true, mode: 0o700 });
  rmSync(temporary, { force: true });
  try {
    yield* changeStaged(plan, { temporary, tally });
  } finally {
    rmSync(temporary, { force: true });
  }
  finishDirectories(plan, { source: home, target: staged });
  yield* recordChanges(plan);
}

function* changeStaged(
  { changes, leftOut, trees: { home, staged } }: Plan,
  { temporary, tally }: { readonly temporary: string; readonly tally: Tally },
): Generator<void> {
  const copier = new Copier();
  for (const change of changes) {
    const target = inTree(staged, change.path);
    if (change.is === 'make') {
      const copying = copier.copy(inTree(home, change.path), temporary, target);
      if (yield* copyOrLeaveOut(copying, { path: change.path, leftOut, tally })) {
        if (lookAt(target)?.kind === 'directory') rmSync(toBytes(target), { recursive: true });
        renameSync(temporary, toBytes(target));
      }
    } else if (change.is === 'directory') {
      makeDirectory(target);
    } else if (!change.isDirectory) {
      unlinkSync(toBytes(target));
    }
    yield;
  }
}

type Copying = {
  readonly path: string;
  readonly leftOut: LeftOut[];
  readonly tally: Tally;
};

/** Copies to the end, unless the source can't be read; whether it was copied. */
export function* copyOrLeaveOut(
  copying: Generator<number>,
  { path, leftOut, tally }: Copying,
): Generator<void, boolean> {
  try {
    for (const bytes of copying) {
      tally.bytes += bytes;
      yield;
    }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    leftOut.push({ path, reason: renderSystemError(error.cause) });
    return false;
  }
  tally.files += 1;
  return true;
}

/** Makes a directory for us alone, in place of what stands there if that is none. */
export function makeDirectory(path: string): void {
  const there = lookAt(path);
  if (there?.kind === 'directory') return;
  if (there !== undefined) unlinkSync(toBytes(path));
  mkdirSync(toBytes(path), { mode: 0o700 });
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
  const [source, target] = [from, to].map((path) =>
    lstatSync(toBytes(path), { bigint: true, throwIfNoEntry: false }),
  );
  if (source?.isDirectory() === true && target?.isDirectory() === true) keepMetadata(to, source);
}

/** Notes down that both sides are the same now where something was to be done. */
export function* recordChanges({
  trees,
  manifest,
  changes,
  times,
  leftOut,
}: Plan): Generator<void> {
  const left = new Set(leftOut.map(({ path }) => path));
  for (const path of [...changes.map(({ path: changed }) => changed), ...times]) {
    const [home, staged] = [lookAt(inTree(trees.home, path)), lookAt(inTree(trees.staged, path))];
    const isSame = home !== undefined && staged !== undefined && home.kind === staged.kind;
    if (isSame && !left.has(path)) manifest.record(path, home, staged);
    yield;
  }
}
