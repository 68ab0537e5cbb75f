import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode } from '../errors/system.ts';
import { copyOrLeaveOut, makeDirectory, removeIfEmpty, type Tally } from './apply.ts';
import { Copier, keepMetadata, type Metadata } from './copy.ts';
import { lookAt } from './entry.ts';
import { inTree, ours, toBytes } from './names.ts';
import type { Plan } from './plan.ts';

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
  yield* finishJournal(workshop, plan.trees.home);
}

/** Does what a workshop's list says, if that is whole. */
export function* finishJournal(workshop: string, home: string): Generator<void> {
  if (!isPending(workshop)) return;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what we have written there
  const steps = JSON.parse(readFileSync(`${workshop}/${journal}`, 'utf8')) as readonly Step[];
  for (const step of steps) {
    yield* take(step, inTree(home, step.path), workshop);
    yield;
  }
  rmSync(`${workshop}/${journal}`);
}

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
        steps.push({ do: 'place', copy, path });
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
  if (lookAt(target)?.kind === 'directory') rmSync(toBytes(target), { recursive: true });
  try {
    renameSync(copy, toBytes(target));
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    // Something else is mounted there.
    const near = `${target.slice(0, target.lastIndexOf('/'))}/${ours}`;
    rmSync(toBytes(near), { force: true });
    for (const _ of new Copier().copy({ path: copy, entry }, near)) yield;
    renameSync(toBytes(near), toBytes(target));
  }
}
