import { basename } from 'node:path';
import { renderSystemError } from '../errors/system.ts';
import type { BuildLog, Report } from '../events/event.ts';
import { openRegular } from '../files/compare.ts';
import { type Build, packageName } from './build.ts';
import { findFindings, type Findings } from './findings.ts';
import { readLines } from './lines.ts';
import { PackedLog } from './packed.ts';
import { LogScan, type Scanned } from './scan.ts';
import { openTarget, type Target } from './target.ts';

/** How a log is to be shown. */
export type Wish = {
  /** Where it is unpacked; `undefined`: it can be read where it is. */
  readonly directory: string | undefined;
  /** How many of its last lines are shown. */
  readonly lines: number;
  readonly isOlder: boolean;
  /** When the run began, in milliseconds since the epoch. */
  readonly since: number;
  readonly report: Report;
};

/** A log that has been unpacked, or at least read. */
export type ShownBuild = Build & BuildLog & { readonly size: number };

/**
 * Unpacks a log and shows its end. A log that can't be left in the directory is shown all the same;
 * whatever goes wrong is told. Returns `undefined` for one that can't be read.
 */
export async function showBuild(build: Build, wish: Wish): Promise<ShownBuild | undefined> {
  const { report, lines } = wish;
  const { derivation, log } = build;
  try {
    const { file, scanned, end } = await unpack(build, wish);
    const readFrom = (start: number): AsyncIterable<Buffer> =>
      file === undefined ? new PackedLog(log).readFrom(start) : readUnpacked(file, start);
    const findings =
      build.state === 'succeeded'
        ? {}
        : await findFindings(readLines(readFrom(scanned.endStart)), scanned.endLine);
    const shown = build.state === 'succeeded' || wish.isOlder ? 0 : Math.min(scanned.lines, lines);
    const told: BuildLog = {
      derivation,
      package: packageName(derivation),
      state: build.state,
      isOlder: wish.isOlder,
      file: file ?? log,
      lines: scanned.lines,
      shown,
      end,
      ...describe(build, findings, wish.since),
    };
    report({ event: 'build-log', ...told });
    if (shown > 0) {
      for await (const some of readLines(readFrom(scanned.tailStart))) {
        for (const line of some) report({ event: 'build-log-line', line });
      }
    }
    report({ event: 'build-log-end', derivation });
    return { ...build, ...told, size: scanned.bytes };
  } catch (error) {
    report({ event: 'build-log-lost', log, reason: renderSystemError(error) });
    return undefined;
  }
}

/** What stands there by now need not be what was left. */
async function* readUnpacked(file: string, start: number): AsyncGenerator<Buffer> {
  const handle = await openRegular(file);
  const chunks: AsyncIterable<Buffer> = handle.createReadStream({ start });
  yield* chunks;
}

type Unpacked = {
  /** Where it was left, if it could be. */
  readonly file: string | undefined;
  readonly scanned: Scanned;
  readonly end: BuildLog['end'];
};

/** Reads the whole log once, and writes it as long as it can be written. */
async function unpack(
  { derivation, log, state }: Build,
  { directory, lines, report }: Wish,
): Promise<Unpacked> {
  const packed = new PackedLog(log);
  const scan = new LogScan(state === 'succeeded' ? 0 : lines);
  function lose(error: unknown): undefined {
    const reason = renderSystemError(error);
    report({ event: 'build-log-lost', log, ...(directory !== undefined && { directory }), reason });
    return undefined;
  }
  await using stack = new AsyncDisposableStack();
  let target: Target | undefined =
    directory === undefined
      ? undefined
      : await openTarget(directory, basename(derivation)).catch(lose);
  if (target !== undefined) stack.use(target);
  for await (const chunk of packed) {
    scan.update(chunk);
    try {
      target?.write(chunk);
    } catch (error) {
      target = lose(error);
    }
  }
  const file = await target?.keep().catch(lose);
  return { file, scanned: scan.end(), end: packed.end };
}

/** What the log says of the build, and how long it went on where the file system says that. */
export function describe(
  { begunAt, writtenAt }: Build,
  { phase, phasesSeconds, firstError }: Findings,
  since: number,
): Pick<BuildLog, 'phase' | 'milliseconds' | 'firstError'> {
  // A log that is written anew keeps the time at which the first one was made.
  const measured = begunAt >= since ? writtenAt - begunAt : undefined;
  const milliseconds = measured ?? (phasesSeconds === undefined ? undefined : phasesSeconds * 1000);
  return {
    ...(milliseconds !== undefined && { milliseconds }),
    ...(phase && { phase }),
    ...(firstError && { firstError }),
  };
}
