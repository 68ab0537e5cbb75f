import { expect, test } from 'vitest';
import type { BuildLog, Event } from '../../src/events/event.ts';
import { openFolding } from '../../src/events/folding.ts';
import { github } from '../../src/events/github.ts';
import { plain } from '../../src/events/style.ts';
import { hostileLines, tellLog, tellRun } from '../support/build-log.ts';
import { takeCommands } from '../support/github.ts';

/** What is written of these events. */
function write(events: readonly Event[]): string {
  const render = openFolding(github, { logColors: true, ownColors: true });
  return events.flatMap((event) => render(event).map((line) => `${line}\n`)).join('');
}

function nameCommands(text: string): readonly string[] {
  return takeCommands(text).map(({ name }) => name);
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const commands = ['group', 'stop-commands', expect.stringMatching(uuid), 'endgroup', 'error'];

test('a log is folded and fenced after what is told of it, and its build annotated', () => {
  const events = tellRun(tellLog({ lines: 9, shown: 2 }), ['one', '', 'two']);
  const render = openFolding(github, plain);
  const lines = events.flatMap((event) => render(event));
  const token = lines[4]?.replace('::stop-commands::', '') ?? '';
  expect(token).toMatch(uuid);
  expect(lines).toEqual([
    '+ Failed build: hello-2.12',
    '+ Its derivation: /gnu/store/0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv',
    '+ Its log: 0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv (9 lines, of which the last 2 follow)',
    '::group::hello-2.12: 0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv, the last 2 of 9 lines',
    `::stop-commands::${token}`,
    'one',
    '',
    'two',
    `::${token}::`,
    '::endgroup::',
    '::error title=Failed build%3A hello-2.12::hello-2.12 failed.',
  ]);
});

test.for([
  ['new', '::error::pwned', ['error']],
  ['new, after blanks', '\u00a0 ::set-env name=A::b', ['set-env']],
  ['new, after a CR', 'x\r::error::pwned', ['error']],
  ['old', 'x ##[add-path]/pwned', ['add-path']],
  ['stopped', '::stop-commands::x\n::error::a\n##[x]\n::error::b', ['stop-commands', 'x', 'error']],
  ['no command', '::x\nx ::error::y\n::nothing::', []],
] as const)('the model of the runner takes commands: %s', ([, text, names]) => {
  expect(nameCommands(text)).toEqual(names);
});

test('none of the commands of a log is taken, and ours are', () => {
  const firstError = { line: 1, text: hostileLines.join(' ') };
  const phase = { name: '##[error]pwned', failed: true };
  const text = write(tellRun(tellLog({ firstError, phase }), hostileLines));
  expect(nameCommands(text)).toEqual(commands);
});

test.for(hostileLines)('nor as the first error: %j', (line) => {
  const text = write(tellRun(tellLog({ firstError: { line: 1, text: line } }), []));
  expect(nameCommands(text)).toEqual(commands);
  // A page shows such a thing as a group, even where it is no command.
  expect(text).not.toMatch(/##\[|^\s*::(?:error|set-env)::/m);
});

test('a log that guesses at the token of another one has a token of its own', () => {
  const once = write(tellRun(tellLog(), ['x']));
  const token = takeCommands(once)[2]?.name ?? '';
  const again = write([...tellRun(tellLog(), ['x']), ...tellRun(tellLog(), [`::${token}::`])]);
  expect(nameCommands(again)).toEqual([...commands, ...commands]);
  expect(again).toContain(`\n::${token}::\n`);
});

test('an annotation says the phase and the first error, whatever is in them', () => {
  const log = tellLog({
    package: 'a%3A:,b',
    phase: { name: 'check', seconds: 3, failed: true },
    firstError: { line: 7, text: '100% :: 50%0A, \u001b[31mred\u001b[0m' },
  });
  expect(takeCommands(write(tellRun(log, []))).at(-1)).toEqual({
    name: 'error',
    properties: { title: 'Failed build: a%3A:,b' },
    data: "a%3A:,b failed, in phase 'check', which ran for 3.0 s. First error, line 7: 100% :: 50%0A, red",
  });
});

test.for([
  ['of which no line is shown', { shown: 0 }, ['error']],
  ['that is older', { isOlder: true, shown: 0 }, ['error']],
] as const)('a log %s has no group', ([, log, names]) => {
  expect(nameCommands(write(tellRun(tellLog(log), [])))).toEqual(names);
});

test('only builds that failed are annotated', () => {
  const [, ...withoutNames] = tellRun(tellLog({ shown: 0 }), []);
  expect(nameCommands(write(withoutNames))).toEqual([]);
});

test('a log that breaks off leaves no fence behind', () => {
  const events: Event[] = [
    ...tellRun(tellLog(), ['::error::pwned']).slice(0, -1),
    { event: 'build-log-lost', log: '/var/log/x', reason: 'input/output error' },
  ];
  const text = write(events);
  expect(nameCommands(text)).toEqual(commands);
  expect(text.endsWith('+ Cannot read the build log /var/log/x: input/output error\n')).toBe(true);
});

test('other lines of ours in the middle of a log do not end its fence', () => {
  const [names, begin, ...rest] = tellRun(tellLog(), hostileLines);
  const signal = { event: 'signal-received', signal: 'SIGTERM', fate: 'stopping' } as const;
  const events = [names, begin, signal, ...rest].filter((event) => event !== undefined);
  expect(nameCommands(write(events))).toEqual(commands);
});

test('a command that is traced is none for the runner', () => {
  const event = { event: 'command-started', command: ['echo', '##[error]mine'] } as const;
  expect(nameCommands(write([event]))).toEqual([]);
});

test('a log without a failure keeps its fold to itself', () => {
  const log: BuildLog = tellLog({ state: 'unknown' });
  const [, ...events] = tellRun(log, ['x']);
  expect(nameCommands(write(events))).toEqual(commands.slice(0, -1));
});
