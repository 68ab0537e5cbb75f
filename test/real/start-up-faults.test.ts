import { dirname } from 'node:path';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  daemon,
  expect,
  expectNothingSurvives,
  list,
  listProcesses,
  run,
  runIn,
  test,
} from '../support/real.ts';

const { kind, socket } = daemon;

test('a socket that a killed daemon left behind is no obstacle', async ({ world }) => {
  const left = await runIn(world, [
    'sh',
    '-c',
    `${[daemon.program, ...daemon.arguments].join(' ')} & until [ -S ${socket} ]; do :; done; kill -KILL $!; wait $!; test -S ${socket}`,
  ]);
  expect(left.status).toBe(0);
  expect(await run(world, ['true'])).toMatchObject({ status: 0, stderr: '+ true\n' });
  expectNothingSurvives(world);
});

test('a missing socket directory is made', async ({ world }) => {
  rmSync(world.at(dirname(socket)), { recursive: true, force: true });
  expect(await run(world, ['true'])).toMatchObject({ status: 0, stderr: '+ true\n' });
  const elsewhere = { env: { [daemon.socketVariable]: '/srv/a/b/socket' } };
  expect(await run(world, daemon.ask, elsewhere)).toMatchObject({
    status: 0,
    stderr: `+ ${daemon.ask.join(' ')}\n`,
  });
  expect(list(world, '/srv/a/b')).toEqual([]);
  expectNothingSurvives(world);
});

test("a user's file in the place of the socket is left alone", async ({ world }) => {
  writeFileSync(world.at('/job/notes'), 'mine');
  const outcome = await run(world, ['--daemon-socket=/job/notes', 'true']);
  expect(outcome).toEqual({
    status: 69,
    signal: null,
    stdout: '',
    stderr: `+ guix-entry-point: Cannot start a daemon on /job/notes: something that is not a socket stands there.
+ Hint: 'ls -ld /job/notes' shows what it is. Move it away, or name another place: '--daemon-socket=FILE'.
`,
  });
  expect(readFileSync(world.at('/job/notes'), 'utf8')).toBe('mine');
  expectNothingSurvives(world);
});

/** Options, and what is told before the command would have begun. */
const faults = [
  {
    name: 'a socket directory that cannot be made',
    words: ['--daemon-socket=/proc/nowhere/socket'],
    stderr: `+ guix-entry-point: Cannot make the directory /proc/nowhere for the daemon's socket: no such file or directory.
+ Hint: Make it, or name another place for the socket: '--daemon-socket=FILE'.
`,
  },
  {
    name: 'a daemon that accepts and never answers',
    words: ['--daemon-timeout=0.5', '--daemon-program=/fixtures/programs/silent-daemon'],
    stderr: `+ guix-entry-point: /fixtures/programs/silent-daemon did not answer on ${socket} within 0.5 s.
+ It said:
+   listening and saying nothing
+ Hint: On a slow machine, give it more: '--daemon-timeout=SECONDS'.
`,
  },
  {
    name: 'a daemon that hangs up on everybody',
    words: ['--daemon-program=/fixtures/programs/hanging-up-daemon'],
    stderr: `+ guix-entry-point: /fixtures/programs/hanging-up-daemon started, and refuses to work: it hangs up on everybody who connects.
+ Hint: Mend what it names, then run the same command again.
`,
  },
  {
    name: 'a daemon that never listens and does not end when asked to',
    words: ['--daemon-timeout=0.5', '--daemon-program=/fixtures/programs/stubborn-daemon'],
    stderr: `+ ${kind.program} (N) did not end within 5 s: sending SIGKILL
+ guix-entry-point: /fixtures/programs/stubborn-daemon did not answer on ${socket} within 0.5 s.
+ It said:
+   not listening
+ Hint: On a slow machine, give it more: '--daemon-timeout=SECONDS'.
`,
  },
  {
    name: 'a program that is not there',
    words: ['--daemon-program=/nowhere/guix-daemon'],
    stderr: `+ guix-entry-point: Cannot start /nowhere/guix-daemon: no such file or directory.
+ Hint: Name a program that can be executed: '--daemon-program=FILE'.
`,
  },
  {
    name: 'a program that is not executable',
    words: ['--daemon-program=/etc/passwd'],
    stderr: `+ guix-entry-point: Cannot start /etc/passwd: permission denied.
+ Hint: Name a program that can be executed: '--daemon-program=FILE'.
`,
  },
] as const;

test.for(faults)('$name', async ({ words, stderr }, { world }) => {
  const outcome = await run(world, [...words, 'touch', '/job/ran']);
  const told = outcome.stderr.replace(/\(\d+\)/, '(N)');
  expect({ ...outcome, stderr: told }).toEqual({ status: 69, signal: null, stdout: '', stderr });
  expect(list(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});

// A real one says them too seldom: when another's first or last session begins or ends at that moment.
test.for([
  `\`${daemon.stateDirectory}/db/schema' is corrupt`,
  `cannot link ${kind.store}/.links/0x: File exists`,
  'setting journal mode: database is locked',
])('a refusal that passes: %s', async (text, { world }) => {
  const words = ['--daemon-program=/fixtures/programs/refusing-daemon', 'true'];
  const env = { DAEMON_SAYS: text, DAEMON_REFUSES: '3' };
  expect(await run(world, words, { env })).toMatchObject({ status: 0, stderr: '+ true\n' });
  expectNothingSurvives(world);
});

test('a daemon of somebody else that never answers is told, and left alone', async ({ world }) => {
  mkdirSync(world.at(dirname(socket)), { recursive: true });
  const silent = world.start(['/fixtures/programs/silent-daemon', `--listen=${socket}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise((resolve) => silent.stderr?.once('data', resolve));
  const outcome = await run(world, ['--daemon-timeout=0.5', 'true']);
  expect(outcome).toMatchObject({ status: 69, stdout: '' });
  expect(outcome.stderr)
    .toBe(`+ guix-entry-point: The ${kind.program} there did not answer on ${socket} within 0.5 s.
+ Hint: On a slow machine, give it more: '--daemon-timeout=SECONDS'.
`);
  expect(listProcesses(world).map(({ command }) => command)).toEqual([
    expect.stringContaining('silent-daemon'),
  ]);
});
