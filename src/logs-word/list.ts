import { packageName } from '../build-logs/build.ts';
import { writeToStdout } from '../events/stdout.ts';
import { isTerminal } from '../processes/terminal.ts';
import type { Action, LoggedBuild } from './action.ts';

/** Writes one line for each build. */
export const listBuilds: Action = async (builds, { options }) => {
  const lines =
    options.logFormat === 'json'
      ? builds.map(renderJson)
      : renderTable(builds, { heading: isTerminal(1) });
  writeToStdout(`${lines.join('\n')}\n`);
};

function renderJson(build: LoggedBuild): string {
  const { state, writtenAt, storedSize, derivation, outputs, log } = build;
  const [name, time] = [packageName(derivation), new Date(writtenAt).toISOString()];
  return JSON.stringify({ state, time, storedSize, package: name, derivation, outputs, log });
}

/** The builds as aligned lines without blanks inside their columns; the derivation comes last. */
export function renderTable(
  builds: readonly LoggedBuild[],
  { heading }: { readonly heading: boolean },
): string[] {
  const rows = builds.map(({ state, writtenAt, storedSize, derivation }) => ({
    state: state as string,
    time: renderTime(writtenAt),
    size: renderSize(storedSize),
    name: packageName(derivation),
    derivation,
  }));
  if (heading) rows.unshift(headings);
  const width = (key: keyof typeof headings) =>
    rows.reduce((widest, row) => Math.max(widest, row[key].length), 0);
  const [ofState, ofTime, ofSize, ofName] = [
    width('state'),
    width('time'),
    width('size'),
    width('name'),
  ];
  return rows.map(({ state, time, size, name, derivation }) =>
    [
      state.padEnd(ofState),
      time.padEnd(ofTime),
      size.padStart(ofSize),
      name.padEnd(ofName),
      derivation,
    ].join('  '),
  );
}

const headings = {
  state: 'STATE',
  time: 'WRITTEN',
  size: 'SIZE',
  name: 'PACKAGE',
  derivation: 'DERIVATION',
};

/** Local time to the minute, as ISO 8601 has it: `2026-02-28T23:59`. */
function renderTime(milliseconds: number): string {
  const minutesBehind = new Date(milliseconds).getTimezoneOffset();
  return new Date(milliseconds - minutesBehind * 60_000).toISOString().slice(0, 16);
}

/** As `ls -h` has it: `999`, `1.2K`, `34M`; units of 1024 bytes. */
export function renderSize(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10);
  const number = bytes / 1024 ** power;
  return power === 0 ? `${bytes}` : `${number.toFixed(number < 10 ? 1 : 0)}${'KMGTP'[power - 1]}`;
}
