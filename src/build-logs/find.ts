import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isLocked } from '../processes/locks.ts';
import type { Build } from './build.ts';
import { findDependents } from './dependents.ts';
import { readDerivation } from './derivation.ts';
import { findLog, listLogs, type StoredLog } from './tree.ts';

/** A store, and what a run did with it. */
export type Search = Store & {
  /** Logs that were written before are of no interest; in milliseconds since the epoch. */
  readonly since: number;
  readonly items: ListedItems;
};

/**
 * The store items that sessions of the daemon protected: the derivations that clients handed over, and
 * the outputs of those that were to be built.
 */
type ListedItems = {
  /** For this run, each with its session … */
  readonly ours: ReadonlyMap<string, Session>;
  /** … and for others. */
  readonly others: ReadonlySet<string>;
  /** All sessions are known. Otherwise what nobody listed is the run's, if it was written in its time. */
  readonly isComplete: boolean;
};

/** Compared by its identity. */
type Session = {
  readonly keepsGoing: boolean;
  /** In milliseconds since the epoch; `Infinity` while it works. */
  readonly endedAt: number;
};

export type Store = {
  /** The directory that holds the derivations. */
  readonly store: string;
  /** The directory that holds `drvs`. */
  readonly logDirectory: string;
  readonly findValid: (storeItems: readonly string[]) => Promise<readonly string[]>;
};

/** The builds of a run. */
export type RunBuilds = {
  /** Those that wrote a log and are not going on. */
  readonly builds: readonly Build[];
  /** Of these, the failed ones … */
  readonly failed: readonly Build[];
  /** … and those that were ended because another one had failed. */
  readonly interrupted: readonly Build[];
  /** The derivations that were not tried because others failed. */
  readonly untried: readonly string[];
};

/** Finds what this run has built, or tried to build, since it was last looked for. */
export async function findBuilds(search: Search): Promise<RunBuilds> {
  const written = listCandidates(search).filter(({ writtenAt }) => writtenAt >= search.since);
  const builds = (await judge(written, search)).filter((build) => isOurs(build, search));
  const incomplete = builds.filter(({ state }) => state === 'failed');
  const interrupted = incomplete.filter((build) => isInterrupted(build, incomplete, search));
  const failed = incomplete.filter((build) => !interrupted.includes(build));
  return { builds, failed, interrupted, untried: await findUntried(failed, search) };
}

/**
 * Unless it is to keep going, a session ends its other builds when one has failed, also those that it
 * was just beginning: their logs end later than that one's. Where the clock is too coarse to say
 * which one ended first, both have failed.
 */
function isInterrupted(build: Build, incomplete: readonly Build[], search: Search): boolean {
  const session = findSession(build, search);
  if (session === undefined || session.keepsGoing) return false;
  return incomplete.some((other) => {
    if (findSession(other, search) !== session) return false;
    const waited = build.begunAt - other.writtenAt;
    const isLater =
      build.writtenAt > other.writtenAt ||
      (build.writtenAt === other.writtenAt && waited >= 0 && other.begunAt < build.begunAt);
    return isLater && waited < lastBegins;
  });
}

/** For how long a session may still begin builds after one has failed; it takes some milliseconds. */
const lastBegins = 1000; // ms

function findSession({ outputs }: Build, { items }: Search): Session | undefined {
  return outputs.map((output) => items.ours.get(output)).find((session) => session !== undefined);
}

/** What the doctor builds to see whether that works is nobody's build. */
const selfTest = /-guix-entry-point-self-test\.drv$/;

/**
 * Finds builds of earlier runs that are not known to be successes, the newest first and a few more
 * than `wanted` at most; none if anybody has built something since the run began.
 */
export async function findOlderBuilds(search: Search, wanted: number): Promise<readonly Build[]> {
  const logs = listLogs(join(search.logDirectory, 'drvs'), search.store)
    .filter(({ derivation }) => !selfTest.test(derivation))
    .toSorted((one, other) => other.writtenAt - one.writtenAt);
  if (logs.some(({ writtenAt }) => writtenAt >= search.since)) return [];
  const found: Build[] = [];
  // There may be those of years, of which most are of successes.
  for (let at = 0; at < logs.length && found.length <= wanted; at += atOnce) {
    const judged = await judge(logs.slice(at, at + atOnce), search);
    found.push(...judged.filter(({ state }) => state !== 'succeeded'));
  }
  return found;
}

const atOnce = 500;

/** The logs of the derivations that the run named; where it may have named others, all there are. */
function listCandidates({ items, store, logDirectory }: Search): readonly StoredLog[] {
  const drvs = join(logDirectory, 'drvs');
  if (!items.isComplete) return listLogs(drvs, store);
  return listDerivations(items).flatMap((derivation) => findLog(drvs, derivation) ?? []);
}

/**
 * To name a derivation is not to build it: its outputs are protected only then. Whose log was written
 * after its session had ended has been built anew by others. Of a derivation that is gone, nobody
 * knows the outputs.
 */
function isOurs({ derivation, outputs, writtenAt }: Build, { items }: Search): boolean {
  const named = outputs.length === 0 ? [derivation] : outputs;
  const sessions = named.flatMap((item) => items.ours.get(item) ?? []);
  return sessions.length > 0
    ? sessions.some(({ endedAt }) => writtenAt <= endedAt)
    : !items.isComplete && !named.some((item) => items.others.has(item));
}

function listDerivations({ ours }: ListedItems): readonly string[] {
  return [...ours.keys()].filter((item) => item.endsWith('.drv'));
}

/**
 * What became of the builds that wrote these logs. One that goes on holds a lock on its outputs, and
 * has not come to anything yet: it is left out.
 */
export async function judge(
  logs: readonly StoredLog[],
  { findValid }: Pick<Store, 'findValid'>,
): Promise<readonly (Build & StoredLog)[]> {
  const read = logs.map((log) => ({ ...log, outputs: readDerivation(log.derivation).outputs }));
  const wanted = read.flatMap(({ outputs }) => outputs);
  const valid = new Set(wanted.length === 0 ? [] : await findValid(wanted));
  return read
    .map((log) => ({ ...log, state: judgeOne(log.outputs, valid) }))
    .filter(({ state, outputs }) => state !== 'failed' || !outputs.some(isBusy));
}

/**
 * The daemon removes the lock files of a success, and leaves those of a failure: of two builds of the
 * same, as with `--check`, the outputs of the first are valid while the second one fails.
 */
function judgeOne(outputs: readonly string[], valid: ReadonlySet<string>): Build['state'] {
  if (outputs.length === 0) return 'unknown';
  const isSuccess = outputs.every((output) => valid.has(output) && !existsSync(lockOf(output)));
  return isSuccess ? 'succeeded' : 'failed';
}

function isBusy(output: string): boolean {
  return isLocked(lockOf(output));
}

function lockOf(output: string): string {
  return `${output}.lock`;
}

async function findUntried(failed: readonly Build[], search: Search): Promise<readonly string[]> {
  const { items, findValid } = search;
  if (failed.length === 0) return [];
  const waiting = findDependents(
    failed.map(({ derivation }) => derivation),
    listDerivations(items),
  ).filter(({ outputs }) => outputs.some((output) => items.ours.has(output)));
  const valid = new Set(await findValid(waiting.flatMap(({ outputs }) => outputs)));
  return waiting
    .filter(({ outputs }) => !outputs.every((output) => valid.has(output)))
    .map(({ derivation }) => derivation);
}
