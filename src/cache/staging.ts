import { mkdirSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { EntryPointError } from '../errors/failure.ts';
import { errorCode, renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import { makeDirectory } from '../files/directory.ts';
import { toSystemError } from '../processes/libc.ts';
import { stageIn } from './apply.ts';
import { lookAt } from './entry.ts';
import { claimFor } from './owner.ts';
import { heal, healHome } from './heal.ts';
import { DirectoryLock } from '../files/locks.ts';
import { Manifest } from './manifest.ts';
import type { Wish } from './open.ts';
import { areNested, followLinks, isUnusable, resolveHome } from './places.ts';
import { makePlan, type Plan, type Trees } from './plan.ts';
import { Progress } from './progress.ts';
import { findMissingRoom } from './room.ts';
import { inSlices } from './slices.ts';
import { stageOut } from './stage-out.ts';

/** Stages in, and out when it is disposed of. */
export async function openStaging(named: Trees, wish: Wish): Promise<AsyncDisposable> {
  const { report } = wish;
  try {
    makeDirectory(followLinks(named.staged), 0o700);
    const trees = { home: resolveHome(named.home), staged: realpathSync(named.staged) };
    if (areNested(trees.home, trees.staged)) {
      report({ event: 'cache-not-staged', ...trees, reason: 'nested' });
      if (lookAt(trees.home) !== undefined) await healHome(trees.home, wish);
      return { async [Symbol.asyncDispose]() {} };
    }
    return await Staging.open(trees, wish);
  } catch (error) {
    throw explain(error, named);
  }
}

/** Why a cache can't be staged in, as a failure of the run. */
function explain(error: unknown, { home, staged }: Trees): unknown {
  if (typeof errorCode(error) !== 'string') return error;
  const reason = renderSystemError(error);
  const culprit = isUnusable(home) ? 'home' : 'staged';
  const failure = { kind: 'cache-unusable', home, staged, culprit, reason } as const;
  return new EntryPointError(failure, { cause: error });
}

/**
 * A staging directory in use. Runs that use the same, beside or inside each other, hold it together:
 * the first one stages in, and the last one out.
 */
class Staging implements AsyncDisposable {
  readonly #trees: Trees;
  readonly #wish: Wish;
  readonly #claim: DirectoryLock;

  private constructor(trees: Trees, wish: Wish) {
    this.#trees = trees;
    this.#wish = wish;
    this.#claim = DirectoryLock.open(trees.staged);
  }

  static async open(trees: Trees, wish: Wish): Promise<Staging> {
    const staging = new Staging(trees, wish);
    try {
      await staging.#begin();
      return staging;
    } catch (error) {
      staging.#claim[Symbol.dispose]();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { signal } = this.#wish;
    const held = await this.#claim.takeEither(signal);
    claimFor(this.#trees);
    // Where others use it, it is staged in already.
    if (held === 'shared') return;
    await this.#stageIn();
    await this.#claim.take('shared', { signal });
  }

  async #stageIn(): Promise<void> {
    const trees = this.#trees;
    const { report, signal } = this.#wish;
    if (lookAt(trees.home) === undefined) {
      if (Manifest.read(trees.staged).isFirst) await this.#leaveAlone();
      return;
    }
    using home = DirectoryLock.open(trees.home);
    using progress = new Progress({ ...trees, direction: 'in' }, this.#wish);
    const pace = { signal, onPause: progress.show };
    await home.take('alone', pace);
    await heal(trees.home, this.#wish, pace);
    const known = Manifest.read(trees.staged);
    const plan = await inSlices(makePlan('in', trees, known), pace);
    const missing = findMissingRoom(plan);
    if (missing !== undefined) throw new EntryPointError({ kind: 'cache-no-room', ...missing });
    progress.expect(plan);
    if (plan.changes.length + plan.times.size > 0) {
      await inSlices(stageIn(plan, progress.tally), pace);
    }
    if (plan.manifest.isNews(known)) plan.manifest.write(trees.staged);
    progress.tell(plan);
    tellLeftOut(plan, report);
  }

  /** There is nothing to be staged in; what is there already is not ours. */
  async #leaveAlone(): Promise<void> {
    const trees = this.#trees;
    const { signal } = this.#wish;
    const plan = await inSlices(makePlan('in', trees, Manifest.read(trees.staged)), { signal });
    plan.manifest.write(trees.staged);
  }

  /** Whatever goes wrong is told, and leaves the old home cache whole. */
  async [Symbol.asyncDispose](): Promise<void> {
    using claim = this.#claim;
    const trees = this.#trees;
    try {
      if (!claim.isInPlace()) throw new Gone();
      // Otherwise whoever else uses it stages it out.
      if (claim.tryTake('alone')) await this.#stageOut();
    } catch (error) {
      const reason = error instanceof Gone ? 'it is gone' : renderSystemError(error);
      this.#wish.report({ event: 'cache-not-saved', ...trees, reason });
    }
  }

  async #stageOut(): Promise<void> {
    const trees = this.#trees;
    const { report, listMountPoints } = this.#wish;
    if (lookAt(trees.home) === undefined) {
      const plan = await inSlices(makePlan('out', trees, Manifest.read(trees.staged)));
      if (plan.changes.length === 0) return;
      if (!makeHome(trees.home)) {
        report({ event: 'cache-not-staged', ...trees, reason: 'homeless' });
        return;
      }
    }
    using home = DirectoryLock.open(trees.home);
    using progress = new Progress({ ...trees, direction: 'out' }, this.#wish);
    const pace = { onPause: progress.show };
    await home.take('alone', pace);
    await heal(trees.home, this.#wish, pace);
    const plan = await inSlices(makePlan('out', trees, Manifest.read(trees.staged)), pace);
    progress.expect(plan);
    if (findMissingRoom(plan) !== undefined) throw toSystemError(constants.errno.ENOSPC, 'link');
    if (plan.changes.length + plan.times.size > 0) {
      await inSlices(
        stageOut(plan, { mountPoints: listMountPoints(), tally: progress.tally }),
        pace,
      );
      plan.manifest.writeIfPossible(trees.staged);
    }
    progress.tell(plan);
    tellLeftOut(plan, report);
  }
}

/** The staging directory was removed, or something is mounted on it. */
class Gone extends Error {}

/** Makes a home cache; who has no home of his own can't. */
function makeHome(home: string): boolean {
  try {
    mkdirSync(home, { mode: 0o700 });
    return true;
  } catch (error) {
    const code = errorCode(error);
    // /proc has no such directory, and makes none.
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOENT')
      return false;
    throw error;
  }
}

function tellLeftOut({ leftOut, direction, trees }: Plan, report: Report): void {
  const directory = direction === 'in' ? trees.home : trees.staged;
  if (leftOut.length > 0) report({ event: 'cache-left-out', directory, left: leftOut });
}
