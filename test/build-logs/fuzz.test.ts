import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { extract } from 'tar-stream';
import { expect, test, vi } from 'vitest';
import { BuildLogs } from '../../src/build-logs/logs.ts';
import type { Event } from '../../src/events/event.ts';
import { plain } from '../../src/events/style.ts';
import { renderEvent } from '../../src/events/text.ts';
import { type Ground, makeGround, type Standing } from '../support/fuzz-ground.ts';
import { layout, type Layout, logsOfLayout } from '../support/fuzz-layout.ts';
import { findText } from '../support/fuzz-logs.ts';
import { type Snapshot, takeSnapshot } from '../support/snapshot.ts';

// Our executable carries koffi's native part; here it comes from where the executable gets it.
vi.mock('node:sea', () => {
  const name = `@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`;
  const file = join(import.meta.dirname, '../../node_modules', name);
  return { isSea: () => true, getRawAsset: () => readFileSync(file) };
});

/** A case is a log: its bytes, its name, its derivation, and what stands in its way. */
const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000);
// The same for everybody, so that a change is not told of what was there before it.
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_121);
/** How long one layout may take; it takes some 20 ms. */
const limit = 10_000; // ms

test(`${runs} logs, seed ${seed}`, { timeout: 300_000 }, async ({ onTestFinished }) => {
  // In memory, for these are hundreds of thousands of files.
  const directory = mkdtempSync('/dev/shm/guix-entry-point-fuzz-');
  onTestFinished(() => rmSync(directory, { recursive: true }));
  console.log(`To run these again: FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`);
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const root = join(directory, 'layout');
  const counts = { logs: 0, unpacked: 0, compared: 0 };
  const numRuns = Math.ceil(runs / logsOfLayout);
  const property = fc.asyncProperty(layout, async (wanted) => {
    mkdirSync(root);
    try {
      const ground = makeGround(root, wanted, fifo);
      const before = takeSnapshot(root);
      const events = await within(limit, unpack(ground, wanted));
      expectNothingTouched(before, takeSnapshot(root), ground);
      expectTold(events, ground, wanted);
      await expectArchive(events, ground, wanted);
      expectReadable(events);
      counts.logs += wanted.logs.length;
      counts.unpacked += events.filter(({ event }) => event === 'build-log').length;
      counts.compared += ground.logs.filter((log) => expectText(log, events)).length;
    } finally {
      rmSync(root, { recursive: true });
    }
  });
  const descriptors = readdirSync('/proc/self/fd').length;
  await fc.assert(property, { seed, numRuns });
  console.log(`${counts.logs} logs, ${counts.unpacked} unpacked, ${counts.compared} known`);
  expect(counts.logs).toBe(numRuns * logsOfLayout);
  expect(readdirSync('/proc/self/fd')).toHaveLength(descriptors);
});

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('it hangs')), milliseconds);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Deals with the logs as a run does, and returns what it tells. */
async function unpack(ground: Ground, { run }: Layout): Promise<readonly Event[]> {
  const { asks, which, lines, knowsItems, hasArchive } = run;
  const events: Event[] = [];
  const logs = new BuildLogs({
    which,
    archive: hasArchive ? ground.archive : undefined,
    lines,
    stepSummary: undefined,
    report: (event) => events.push(event),
  });
  const session = { keepsGoing: true, endedAt: Number.POSITIVE_INFINITY };
  const search = {
    store: ground.store,
    logDirectory: ground.logDirectory,
    findValid: async (items: readonly string[]) => items.filter((item) => ground.valid.has(item)),
    since: asks === 'unpack' ? 0 : Number.MAX_SAFE_INTEGER,
    items: {
      ours: new Map(knowsItems ? ground.items.map((item) => [item, session]) : []),
      others: new Set<string>(),
      isComplete: knowsItems,
    },
  };
  await logs[asks](search, ground.target);
  await logs.close();
  return events;
}

/** What was there is there as it was; what is new are logs, where they were to go, and the archive. */
function expectNothingTouched(before: Snapshot, after: Snapshot, ground: Ground): void {
  const changed = [...before].filter(([path, state]) => after.get(path) !== state);
  expect(changed.map(([path, state]) => [path, state, after.get(path)])).toEqual([]);
  const root = dirname(ground.store);
  const directories = [ground.target, join(root, 'real'), ground.archive].map((path) =>
    path.slice(root.length + 1),
  );
  for (const [path, state] of after) {
    if (before.has(path) || (state.startsWith('directory') && isAbove(path, directories))) continue;
    if (path === directories.at(-1)) continue;
    expect(directories.slice(0, 2)).toContain(dirname(path));
    expect(path).toMatch(/^[\w/]+\/[0-9a-z]{32}-[\w+.?=-]+\.drv(\.\d+)?$/);
    expect(state).toMatch(/^file 100644 .* 1 \d+$/);
  }
}

function isAbove(path: string, others: readonly string[]): boolean {
  return others.some((other) => other === path || other.startsWith(`${path}/`));
}

/** Every log that can be read and was asked for is told, and nothing is told to be lost. */
function expectTold(events: readonly Event[], ground: Ground, { run, place }: Layout): void {
  const lost = events.filter(({ event }) => /lost$|^log-not/.test(event));
  expect(lost.filter(({ event }) => place !== 'file' || event !== 'build-log-lost')).toEqual([]);
  const told = events.flatMap((event) => (event.event === 'build-log' ? [event.derivation] : []));
  const names = new Set(told);
  const anyFailed = events.some(({ event }) => event === 'builds-failed');
  const isTold = (log: Standing): boolean =>
    isWanted(log, run, anyFailed) && isKnown(log, run, ground);
  const wanted = ground.logs.filter(isTold).map((log) => log.derivation);
  expect(wanted.filter((derivation) => !names.has(derivation))).toEqual([]);
  const unwanted = ground.logs.filter((log) => !isTold(log)).map((log) => log.derivation);
  expect(unwanted.filter((derivation) => names.has(derivation))).toEqual([]);
}

function isWanted(
  { wanted }: Standing,
  { asks, which }: Layout['run'],
  anyFailed: boolean,
): boolean {
  const { kind, derivation } = wanted;
  if (kind !== 'file') return false;
  if (asks === 'unpackOlder') return derivation !== 'succeeded';
  if (derivation === 'failed') return true;
  return which === 'all' || (derivation !== 'succeeded' && !anyFailed);
}

/** Where the run's items are known, the derivation is one of them, or else its log is a stranger's. */
function isKnown(
  { derivation }: Standing,
  { asks, knowsItems }: Layout['run'],
  { items }: Ground,
): boolean {
  return asks === 'unpackOlder' || !knowsItems || items.includes(derivation);
}

async function expectArchive(
  events: readonly Event[],
  { archive }: Ground,
  { run }: Layout,
): Promise<void> {
  const logs = events.filter(({ event }) => event === 'build-log').length;
  if (!run.hasArchive || logs === 0) return;
  expect(events.at(-1)).toEqual({ event: 'logs-archived', file: archive, logs });
  const names: string[] = [];
  const entries = extract();
  entries.end(gunzipSync(readFileSync(archive)));
  for await (const entry of entries) {
    names.push(entry.header.name);
    entry.resume();
  }
  expect([names.length, names.at(-1)]).toEqual([logs + 1, 'manifest.json']);
}

/** Compares a log that was left in the directory with what it is known to hold. */
function expectText({ derivation, log, wanted }: Standing, events: readonly Event[]): boolean {
  const text = findText(wanted.content);
  const told = events.find(
    (event) => event.event === 'build-log' && event.derivation === derivation,
  );
  if (told?.event !== 'build-log' || told.file === log || text === undefined) return false;
  expect([told.end, readFileSync(told.file).equals(text)]).toEqual(['whole', true]);
  expect(lstatSync(told.file).isFile()).toBe(true);
  return true;
}

/** No line drives the terminal. */
function expectReadable(events: readonly Event[]): void {
  const strange = events.flatMap((event) =>
    renderEvent(event, plain).filter((line) =>
      event.event === 'build-log-line' ? /(?!\t)\p{Cc}/u.test(line) : !/^\+ \P{Cc}*$/u.test(line),
    ),
  );
  expect(strange).toEqual([]);
}
