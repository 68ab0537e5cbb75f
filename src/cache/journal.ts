import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { errorCode, renderSystemError } from '../errors/system.ts';
import { toSystemError } from '../processes/libc.ts';
import { copyOrLeaveOut, makeDirectory, removeIfEmpty, type Tally } from './apply.ts';
import { Copier, keepMetadata, type Metadata } from './copy.ts';
import { lookAt } from './entry.ts';
import { above, below, inTree, ours, readListing, toBytes } from './names.ts';
import type { LeftOut, Plan } from './plan.ts';
import { areDirectories } from './workshop.ts';

// Where directories can't change places: what changed is copied into the workshop, with a list of
// what is to be done. When both are whole, the list gets its final name, and from then on the new
// cache is the one that counts. It is done step by step; if we are killed in between, the next run
// goes on from the list. Each step can be done again.

type Step =
  /** A copy, by its number in the workshop, goes to its place. */
  | { readonly do: 'place'; readonly copy: number; readonly path: string }
  | { readonly do: 'directory'; readonly path: string }
  | { readonly do: 'remove'; readonly path: string; readonly isDirectory: boolean }
  /** Owner, mode and times of a directory. */
  | { readonly do: 'finish'; readonly path: string; readonly metadata: Finish };

/** The times are in nanoseconds, which JSON has no numbers for. */
type Finish = Pick<Metadata, 'owner' | 'group' | 'mode'> & {
  readonly accessed: string;
  readonly modified: string;
};

/** Changes the home cache as planned. */
export function* stageOutByJournal(plan: Plan, workshop: string, tally: Tally): Generator<void> {
  const steps = yield* prepare(plan, workshop, tally);
  writeFileSync(`${workshop}/${journal}.new`, JSON.stringify(steps), { mode: 0o600 });
  renameSync(`${workshop}/${journal}.new`, `${workshop}/${journal}`);
  plan.leftOut.push(...(yield* takeAll(steps, workshop, plan.trees.home)));
}

/** Does what a workshop's list says, if that is whole; what could not be done. */
export function* finishJournal(
  workshop: string,
  home: string,
): Generator<void, readonly LeftOut[]> {
  return isPending(workshop) ? yield* takeAll(readJournal(workshop), workshop, home) : [];
}

/** A step that fails is passed over: it would fail next time, too, and hold up all others. */
function* takeAll(
  steps: readonly Step[],
  workshop: string,
  home: string,
): Generator<void, readonly LeftOut[]> {
  const failed: LeftOut[] = [];
  for (const step of steps) {
    const { path } = step;
    try {
      yield* takeInside(step, workshop, home);
    } catch (error) {
      // We are called off.
      if (typeof errorCode(error) !== 'string') throw error;
      failed.push({ path, reason: renderSystemError(error) });
    }
    yield;
  }
  rmSync(`${workshop}/${journal}`, { force: true });
  return failed;
}

/** Takes a step inside the home cache, in a directory that it may be taken in meanwhile. */
function* takeInside(step: Step, workshop: string, home: string): Generator<void> {
  const directory = above(step.path);
  if (areDirectories(home, directory)) {
    using _open = new Opened(inTree(home, directory));
    yield* take(step, inTree(home, step.path), workshop);
  } else if (step.do === 'place' || step.do === 'directory') {
    throw toSystemError(constants.errno.ENOTDIR, 'open');
  }
  // Otherwise there is nothing of that name, perhaps because we have been here.
}

/** A directory in which its owner may do something, even if that is not so before and after. */
class Opened implements Disposable {
  readonly #path: string;
  readonly #mode: number;

  constructor(path: string) {
    this.#path = path;
    this.#mode = lookAt(path)?.mode ?? 0o700;
    this.#set(this.#mode | 0o700);
  }

  [Symbol.dispose](): void {
    this.#set(this.#mode);
  }

  #set(mode: number): void {
    if ((this.#mode & 0o700) !== 0o700) chmodSync(toBytes(this.#path), mode);
  }
}

/** One that can't be read is not whole, as if it had not got its name. */
function readJournal(workshop: string): readonly Step[] {
  try {
    const steps: unknown = JSON.parse(readFileSync(`${workshop}/${journal}`, 'utf8'));
    return Array.isArray(steps) && steps.every(isStep) ? steps : [];
  } catch {
    return [];
  }
}

function isStep(step: unknown): step is Step {
  if (typeof step !== 'object' || step === null || !('path' in step)) return false;
  if ('copy' in step && !Number.isInteger(step.copy)) return false;
  const { path } = step;
  return typeof path === 'string' && !path.split('/').some((part) => isNoName.has(part));
}

/** What is in no path inside. */
const isNoName: ReadonlySet<string> = new Set(['', '.', '..']);

/** Whether there is something to go on with. */
export function isPending(workshop: string): boolean {
  return existsSync(`${workshop}/${journal}`);
}

const journal = 'journal';

function* prepare(plan: Plan, workshop: string, tally: Tally): Generator<void, readonly Step[]> {
  const { staged } = plan.trees;
  const copier = new Copier();
  const steps: Step[] = [];
  const last: Step[] = [];
  mkdirSync(`${workshop}/copies`);
  for (const [copy, change] of plan.changes.entries()) {
    const { path } = change;
    if (change.is === 'make') {
      const copying = copier.copy(
        { path: inTree(staged, path), entry: change.entry },
        `${workshop}/copies/${copy}`,
      );
      const { leftOut } = plan;
      if ((yield* copyOrLeaveOut(copying, { path, leftOut, tally })) !== undefined) {
        steps.push(...clear(plan.trees.home, path), { do: 'place', copy, path });
      }
    } else if (change.is === 'directory') {
      steps.push({ do: 'directory', path });
    } else {
      const { isDirectory } = change;
      (isDirectory ? last : steps).push({ do: 'remove', path, isDirectory });
    }
  }
  // The deepest first.
  return [...steps, ...last.toReversed(), ...listFinishes(plan).toReversed()];
}

/** Empties a directory whose place something else takes: what comes there later is kept. */
function clear(home: string, directory: string): readonly Step[] {
  if (lookAt(inTree(home, directory))?.kind !== 'directory') return [];
  return readListing(inTree(home, directory)).flatMap(({ name, isDirectory }) => {
    const path = below(directory, name);
    return [...(isDirectory ? clear(home, path) : []), { do: 'remove', path, isDirectory }];
  });
}

function listFinishes({ times, trees }: Plan): readonly Step[] {
  return [...times].flatMap((path) => {
    const found = lookAt(inTree(trees.staged, path));
    return found === undefined ? [] : [{ do: 'finish' as const, path, metadata: render(found) }];
  });
}

function render({ owner, group, mode, accessedExactly, modifiedExactly }: Metadata): Finish {
  const [accessed, modified] = [String(accessedExactly), String(modifiedExactly)];
  return { owner, group, mode, accessed, modified };
}

function parse({ owner, group, mode, accessed, modified }: Finish): Metadata {
  const [accessedExactly, modifiedExactly] = [BigInt(accessed), BigInt(modified)];
  return { owner, group, mode, accessedExactly, modifiedExactly };
}

function* take(step: Step, target: string, workshop: string): Generator<void> {
  if (step.do === 'place') {
    yield* place(`${workshop}/copies/${step.copy}`, target);
  } else if (step.do === 'directory') {
    makeDirectory(target);
  } else if (step.do === 'remove') {
    if (step.isDirectory) removeIfEmpty(target);
    else rmSync(toBytes(target), { force: true });
  } else if (lookAt(target)?.kind === 'directory') {
    keepMetadata(target, parse(step.metadata));
  }
}

function* place(copy: string, target: string): Generator<void> {
  // It is in its place already.
  const entry = lookAt(copy);
  if (entry === undefined) return;
  if (lookAt(target)?.kind === 'directory') removeIfEmpty(target);
  try {
    renameSync(copy, toBytes(target));
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    // Something else is mounted there.
    const near = `${target.slice(0, target.lastIndexOf('/'))}/${ours}.new`;
    rmSync(toBytes(near), { force: true });
    for (const _ of new Copier().copy({ path: copy, entry }, near)) yield;
    renameSync(toBytes(near), toBytes(target));
  }
}
