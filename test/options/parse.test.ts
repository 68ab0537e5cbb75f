import { expect, test } from 'vitest';
import { EntryPointError, type Failure } from '../../src/errors/failure.ts';
import type { Task } from '../../src/options/options.ts';
import { commands, parseRequest } from '../../src/options/parse.ts';

const defaults = {
  daemonProgram: undefined,
  daemonOptions: [],
  daemon: 'auto',
  daemonSocket: undefined,
  daemonTimeout: 30,
  chroot: 'auto',
  daemonUser: undefined,
  cleanEnvironment: false,
  substitutes: 'gateway',
  substituteUrls: undefined,
  addedSubstituteUrls: [],
  logs: 'failed',
  logsDirectory: undefined,
  logsArchive: undefined,
  logLines: 1000,
  trace: 'scripts',
  grace: 5,
  logFormat: 'text',
  verbose: false,
  fix: false,
  hostTools: [],
  rounds: 1,
  keepFailed: false,
  dryRun: false,
  pack: undefined,
};

test('without options, every option has its default', () => {
  expect(parseRequest(['true'], {})).toEqual({
    word: 'run',
    task: { is: 'command', command: ['true'] },
    options: defaults,
  });
});

test.for([
  [['guix', 'build', '--help', '-v'], ['guix', 'build', '--help', '-v'], {}],
  [['-v', 'guix', '--version'], ['guix', '--version'], { verbose: true }],
  [['--', '--verbose'], ['--verbose'], {}],
  [['--', '--', 'x'], ['--', 'x'], {}],
  [['-v', '--', 'a', '--', '-v'], ['a', '--', '-v'], { verbose: true }],
  [['--log-lines', '5', 'x'], ['x'], { logLines: 5 }],
  [['--logs=all', '--logs-archive=a.tgz', 'x'], ['x'], { logs: 'all', logsArchive: 'a.tgz' }],
  [['--log-lines=5', '--log-lines=6', 'x'], ['x'], { logLines: 6 }],
  [
    ['--daemon-option=--a', '--daemon-option', '--b=c', 'x'],
    ['x'],
    { daemonOptions: ['--a', '--b=c'] },
  ],
  [['--daemon-timeout=0.25', 'x'], ['x'], { daemonTimeout: 0.25 }],
  [['--daemon-socket=file:///run/s', 'x'], ['x'], { daemonSocket: '/run/s' }],
  [['--substitute-urls=', 'x'], ['x'], { substituteUrls: [] }],
  [
    ['--add-substitute-url=https://a', '--add-substitute-url', 'http://b https://c', 'x'],
    ['x'],
    { addedSubstituteUrls: ['https://a', 'http://b', 'https://c'] },
  ],
  [['--substitutes=off', 'x'], ['x'], { substitutes: 'off' }],
  [['--log-format=json', 'x', ''], ['x', ''], { logFormat: 'json' }],
  [['--json', 'x', '--json'], ['x', '--json'], { logFormat: 'json' }],
  [['--json', '--log-format=text', 'x'], ['x'], { logFormat: 'text' }],
] as const)('%j', ([commandLine, command, options]) => {
  const task = { is: 'command', command };
  const expected = { word: 'run', task, options: { ...defaults, ...options } };
  expect(parseRequest(commandLine, {})).toEqual(expected);
});

test.for([
  [
    { SUBSTITUTE_URLS: 'https://a.example  https://b.example\n' },
    { substituteUrls: ['https://a.example', 'https://b.example'] },
  ],
  [{ SUBSTITUTE_URLS: '' }, {}],
  [{ GUIX_ENTRY_POINT_DAEMON: 'nix' }, { daemon: 'nix' }],
  [
    { GUIX_ENTRY_POINT_DAEMON_OPTIONS: '--max-jobs=2 --debug' },
    { daemonOptions: ['--max-jobs=2', '--debug'] },
  ],
  [{ GUIX_ENTRY_POINT_VERBOSE: '1' }, { verbose: true }],
  [{ GUIX_ENTRY_POINT_VERBOSE: 'false' }, {}],
] as const)('the environment %j', ([environment, options]) => {
  expect(parseRequest(['x'], environment)).toMatchObject({ options: { ...defaults, ...options } });
});

test.for<[readonly string[], Task]>([
  [[], { is: 'input' }],
  [['-v'], { is: 'input' }],
  [['--'], { is: 'input' }],
  [['-v', 'a', '-c', 'b'], { is: 'command', command: ['a', '-c', 'b'] }],
  [['-c', 'a && b'], { is: 'text', text: 'a && b', arguments: [] }],
  [['--commands=a', 'name', '-x'], { is: 'text', text: 'a', arguments: ['name', '-x'] }],
  [['-c', 'a', '--', '-x'], { is: 'text', text: 'a', arguments: ['-x'] }],
  [['-c', '', '-v'], { is: 'text', text: '', arguments: [] }],
])('%j runs %j', ([commandLine, task]) => {
  expect(parseRequest(commandLine, {})).toMatchObject({ word: 'run', task });
});

test('a flag wins over its variable', () => {
  const environment = { GUIX_ENTRY_POINT_LOG_LINES: '7' };
  expect(parseRequest(['--log-lines=8', 'x'], environment)).toMatchObject({
    options: { logLines: 8 },
  });
});

test.for([
  [['--help'], 'help'],
  [['-h', 'x'], 'help'],
  [['--version'], 'version'],
  [['-V'], 'version'],
] as const)('%j asks for %s', ([commandLine, word]) => {
  expect(parseRequest(commandLine, {})).toEqual({ word });
});

test.for<[readonly string[], Failure]>([
  [['-c'], { kind: 'missing-value', option: '-c', wanted: commands.wanted }],
  [
    ['--substitute-url=x', 'y'],
    { kind: 'unknown-option', option: '--substitute-url', nearest: '--substitute-urls' },
  ],
  [['--verbos'], { kind: 'unknown-option', option: '--verbos', nearest: '--verbose' }],
  [['--quite-another'], { kind: 'unknown-option', option: '--quite-another' }],
  [['-x'], { kind: 'unknown-option', option: '-x' }],
  [['--jso', 'x'], { kind: 'unknown-option', option: '--jso', nearest: '--json' }],
  [['--json=1', 'x'], { kind: 'unwanted-value', option: '--json', value: '1' }],
  [['--verbose=yes', 'x'], { kind: 'unwanted-value', option: '--verbose', value: 'yes' }],
  [
    ['--log-lines'],
    { kind: 'missing-value', option: '--log-lines', wanted: 'a whole number, 0 or more' },
  ],
  [
    ['--log-lines=-1', 'x'],
    { kind: 'bad-value', option: '--log-lines', value: '-1', wanted: 'a whole number, 0 or more' },
  ],
  [
    ['--log-format=xml', 'x'],
    { kind: 'bad-value', option: '--log-format', value: 'xml', wanted: "'text' or 'json'" },
  ],
  [
    ['--daemon-timeout=0', 'x'],
    {
      kind: 'bad-value',
      option: '--daemon-timeout',
      value: '0',
      wanted: 'a number of seconds above 0, at most 86400',
    },
  ],
  [
    ['--substitute-urls=https://ok.example ftp://no.example', 'x'],
    {
      kind: 'bad-value',
      option: '--substitute-urls',
      value: 'ftp://no.example',
      wanted: 'http:// or https:// URLs with spaces between them',
    },
  ],
])('%j is refused', ([commandLine, failure]) => {
  expect(failureOf(() => parseRequest(commandLine, {}))).toEqual(failure);
});

test.for(['relative/path', `/${'x'.repeat(107)}`, 'ssh://', ''])(
  'the address «%s» is refused',
  (value) => {
    const failure = failureOf(() => parseRequest([`--daemon-socket=${value}`, 'x'], {}));
    expect(failure).toMatchObject({ kind: 'bad-value', option: '--daemon-socket', value });
  },
);

test('a bad value in the environment names its variable', () => {
  const failure = failureOf(() => parseRequest(['x'], { GUIX_ENTRY_POINT_LOG_LINES: 'many' }));
  expect(failure).toMatchObject({ kind: 'bad-value', option: 'GUIX_ENTRY_POINT_LOG_LINES' });
});

function failureOf(action: () => unknown): Failure | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof EntryPointError) return error.failure;
    throw error;
  }
  return undefined;
}
