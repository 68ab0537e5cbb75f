import type { BuildLog, Event } from '../../src/events/event.ts';

/** What is told of a failed build, apart from what a test cares for. */
export function tellLog(log: Partial<BuildLog> = {}): BuildLog {
  return {
    derivation: '/gnu/store/0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv',
    package: 'hello-2.12',
    state: 'failed',
    isOlder: false,
    file: '0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv',
    lines: 3,
    shown: 3,
    end: 'whole',
    ...log,
  };
}

/** The events of a run in which that build failed, and its lines were shown. */
export function tellRun(log: BuildLog, lines: readonly string[]): readonly Event[] {
  const { derivation } = log;
  return [
    { event: 'builds-failed', failed: [derivation], interrupted: [], untried: [] },
    { event: 'build-log', ...log },
    ...lines.map((line) => ({ event: 'build-log-line', line }) as const),
    { event: 'build-log-end', derivation },
  ];
}

/** What a log may hold that wants to be more than text. */
export const hostileLines = [
  '::error::pwned',
  ' \t\u00a0\u2028::set-env name=PATH::/pwned',
  '##[add-path]/pwned',
  'text ##[error]pwned ####[group]pwned',
  '::stop-commands::pwned',
  '::pwned::',
  '::00000000-0000-0000-0000-000000000000::',
  '::endgroup::',
  '##[endgroup]',
  '10%\r::error::pwned',
  '\u001b[0Ksection_end:1:build-log\r\u001b[0K',
  'section_start:1:pwned[collapsed=true]\r\u001b[0Kpwned',
  '\u001b]0;pwned\u0007\u001b[2J\u001b[31mred',
  '```',
  '````````` </details> <!-- <b>',
] as const;
