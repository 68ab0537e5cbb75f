import { expect, test } from 'vitest';
import { EntryPointError, type Failure } from '../../src/errors/failure.ts';
import { parseRequest } from '../../src/options/parse.ts';

test.for([
  [['logs'], 'list', [], {}],
  [['logs', 'list'], 'list', [], {}],
  [['logs', 'show', 'hello', 'guile'], 'show', ['hello', 'guile'], {}],
  [['logs', 'unpack', '--', '--help'], 'unpack', ['--help'], {}],
  [['--logs=all', 'logs'], 'list', [], { logs: 'all' }],
  [['logs', '--logs=all'], 'list', [], { logs: 'all' }],
  [['logs', 'show', '--log-lines=20', 'hello'], 'show', ['hello'], { logLines: 20 }],
  [['logs', '--log-lines', '20', 'show', 'hello', '-v'], 'show', ['hello'], { verbose: true }],
  [['--log-lines=5', 'logs', '--log-lines=6', 'show'], 'show', [], { logLines: 6 }],
  [['logs', 'list', 'logs'], 'list', ['logs'], {}],
] as const)('%j is our word', ([commandLine, action, names, options]) => {
  const request = parseRequest(commandLine, {});
  expect(request).toMatchObject({ word: 'logs', action, names, options });
});

test.for([
  [['substitutes'], 'list', [], {}],
  [['substitutes', 'list', '--json'], 'list', [], { logFormat: 'json' }],
  [
    ['substitutes', '--add-substitute-url=http://a'],
    'list',
    [],
    { addedSubstituteUrls: ['http://a'] },
  ],
  [['substitutes', 'authorize'], 'authorize', [], {}],
  [['substitutes', 'authorize', 'a.pub', './b'], 'authorize', ['a.pub', './b'], {}],
] as const)('%j is a word for substitutes', ([commandLine, action, names, options]) => {
  const request = parseRequest(commandLine, {});
  expect(request).toMatchObject({ word: 'substitutes', action, names, options });
});

test.for([
  [['--', 'logs'], ['logs']],
  [['--', 'substitutes'], ['substitutes']],
  [
    ['--', 'logs', '--help'],
    ['logs', '--help'],
  ],
  [
    ['-v', '--', 'logs', 'show'],
    ['logs', 'show'],
  ],
  [
    ['./logs', '--help'],
    ['./logs', '--help'],
  ],
  [
    ['sh', 'logs'],
    ['sh', 'logs'],
  ],
  [['logs-of-mine'], ['logs-of-mine']],
  [['toString'], ['toString']],
] as const)('%j is a command', ([commandLine, command]) => {
  const request = parseRequest(commandLine, {});
  expect(request).toMatchObject({ word: 'run', task: { is: 'command', command } });
});

test('behind -c it is what the commands have as their $0', () => {
  const request = parseRequest(['-c', 'echo $0 $1', 'logs', '--help'], {});
  const task = { is: 'text', text: 'echo $0 $1', arguments: ['logs', '--help'] };
  expect(request).toMatchObject({ word: 'run', task });
});

test.for([
  [['logs', '--help'], { word: 'help', of: 'logs' }],
  [['logs', 'show', 'x', '-h'], { word: 'help', of: 'logs' }],
  [['--help', 'logs'], { word: 'help', of: 'logs' }],
  [['--help', '--', 'logs'], { word: 'help' }],
  [['logs', '--version'], { word: 'version' }],
  [['substitutes', 'authorize', '--help'], { word: 'help', of: 'substitutes' }],
  [['seccomp-profile'], { word: 'seccomp-profile' }],
] as const)('%j asks for %j', ([commandLine, request]) => {
  expect(parseRequest(commandLine, {})).toEqual(request);
});

const allowed = ['list', 'show', 'unpack'];

test.for<[readonly string[], Failure]>([
  [
    ['logs', 'shwo'],
    { kind: 'unknown-action', word: 'logs', action: 'shwo', allowed, nearest: 'show' },
  ],
  [['logs', 'hello-2.12'], { kind: 'unknown-action', word: 'logs', action: 'hello-2.12', allowed }],
  [['logs', ''], { kind: 'unknown-action', word: 'logs', action: '', allowed }],
  [
    ['logs', '--log-line=3'],
    { kind: 'unknown-option', option: '--log-line', nearest: '--log-lines' },
  ],
  [
    ['substitutes', 'lst'],
    {
      kind: 'unknown-action',
      word: 'substitutes',
      action: 'lst',
      allowed: ['list', 'authorize'],
      nearest: 'list',
    },
  ],
  [['seccomp-profile', 'x'], { kind: 'unwanted-name', behind: 'seccomp-profile', name: 'x' }],
  [['substitutes', 'list', 'x'], { kind: 'unwanted-name', behind: 'substitutes list', name: 'x' }],
  [['logs', '-c', 'true'], { kind: 'unknown-option', option: '-c' }],
  [
    ['logs', '--logs=some'],
    { kind: 'bad-value', option: '--logs', value: 'some', wanted: "'failed', 'all' or 'none'" },
  ],
])('%j is refused', ([commandLine, failure]) => {
  expect(failureOf(commandLine)).toEqual(failure);
});

function failureOf(commandLine: readonly string[]): Failure | undefined {
  try {
    parseRequest(commandLine, {});
  } catch (error) {
    if (error instanceof EntryPointError) return error.failure;
    throw error;
  }
  return undefined;
}
