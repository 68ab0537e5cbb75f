import { packageName } from '../build-logs/build.ts';
import { readLines } from '../build-logs/lines.ts';
import { PackedLog } from '../build-logs/packed.ts';
import { LogScan, type Scanned } from '../build-logs/scan.ts';
import { describe } from '../build-logs/show.ts';
import { findFindings, type Findings } from '../build-logs/findings.ts';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { neutralize } from '../events/control.ts';
import type { BuildLog } from '../events/event.ts';
import { writeToStdout } from '../events/stdout.ts';
import { isTerminal } from '../processes/terminal.ts';
import type { Action, LoggedBuild } from './action.ts';

/** Shows the ends of logs: what each is of on stderr, its lines on stdout. */
export const showBuilds: Action = async (builds, { names, options }, { environment, report }) => {
  const terminal = { colors: !environment['NO_COLOR'] && environment['TERM'] !== 'dumb' };
  const write = isTerminal(1) ? writeLines : writeBytes;
  for (const build of names.length > 0 ? builds : builds.slice(0, 1)) {
    const { log, derivation } = build;
    try {
      const { scanned, end } = await scan(log, options.logLines);
      const shown = Math.min(scanned.lines, options.logLines);
      const findings = await findFindings(
        readLines(new PackedLog(log).readFrom(scanned.endStart)),
        scanned.endLine,
      );
      report({ event: 'build-log', ...tell(build, scanned, findings), shown, end });
      const isRead = shown === 0 || (await write({ log, start: scanned.tailStart, terminal }));
      report({ event: 'build-log-end', derivation });
      if (!isRead) return;
    } catch (error) {
      if (error instanceof EntryPointError) throw error;
      report({ event: 'log-unreadable', path: log, reason: renderSystemError(error) });
    }
  }
};

/** Reads the whole log once: where its end begins is not known before. */
async function scan(
  log: string,
  lines: number,
): Promise<{ readonly scanned: Scanned; readonly end: BuildLog['end'] }> {
  const packed = new PackedLog(log);
  const scanning = new LogScan(lines);
  for await (const chunk of packed) scanning.update(chunk);
  return { scanned: scanning.end(), end: packed.end };
}

function tell(
  build: LoggedBuild,
  scanned: Scanned,
  findings: Findings,
): Omit<BuildLog, 'shown' | 'end'> {
  const { derivation, state, log } = build;
  return {
    derivation,
    package: packageName(derivation),
    state,
    isOlder: true,
    file: log,
    lines: scanned.lines,
    // Nobody knows whether a log that is not of our time was written anew: its phases tell.
    ...describe(build, findings, Infinity),
  };
}

/** The end of a log, from a byte of its text on. */
type End = {
  readonly log: string;
  readonly start: number;
  readonly terminal: { readonly colors: boolean };
};

/** Writes it for a person: what could drive the terminal is made visible. `false`: nobody reads on. */
async function writeLines({ log, start, terminal }: End): Promise<boolean> {
  for await (const lines of readLines(new PackedLog(log).readFrom(start))) {
    const text = lines.map((line) => `${neutralize(line, terminal)}\n`).join('');
    if (!writeToStdout(text)) return false;
  }
  return true;
}

/** Writes it as it is, byte by byte. `false`: nobody reads on. */
async function writeBytes({ log, start }: End): Promise<boolean> {
  for await (const chunk of new PackedLog(log).readFrom(start)) {
    if (!writeToStdout(chunk)) return false;
  }
  return true;
}
