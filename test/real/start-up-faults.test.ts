import { dirname } from 'node:path';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  expect,
  expectNothingSurvives,
  list,
  listProcesses,
  run,
  runIn,
  test,
} from '../support/real.ts';

const socket = '/var/guix/daemon-socket/socket';

test('a socket that a killed daemon left behind is no obstacle', async ({ world }) => {
  const left = await runIn(world, [
    'sh',
    '-c',
    `guix-daemon & until [ -S ${socket} ]; do :; done; kill -KILL $!; wait $!; test -S ${socket}`,
  ]);
  expect(left.status).toBe(0);
  expect(await run(world, ['true'])).toMatchObject({ status: 0, stderr: '+ true\n' });
  expectNothingSurvives(world);
});

test('a missing socket directory is made', async ({ world }) => {
  expect(list(world, '/var/guix')).toEqual([]);
  expect(await run(world, ['true'])).toMatchObject({ status: 0, stderr: '+ true\n' });
  const elsewhere = { env: { GUIX_DAEMON_SOCKET: '/srv/a/b/socket' } };
  expect(await run(world, ['guix', 'repl', '--', '/dev/null'], elsewhere)).toMatchObject({
    status: 0,
    stderr: '+ guix repl -- /dev/null\n',
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
    name: 'a build group that does not exist, which only the handshake tells',
    words: ['--daemon-option=--build-users-group=nobody-there'],
    stderr: `+ guix-entry-point: /usr/bin/guix-daemon started, and refuses to work: the group \`nobody-there' specified in \`build-users-group' does not exist.
+ Hint: Builds run as users of the group 'nobody-there', and there is no such group. To make it, with users (in a Dockerfile, behind RUN):
+   groupadd --system nobody-there && for user in guixbuilder1 guixbuilder2 guixbuilder3 guixbuilder4; do usermod --append --groups nobody-there $user; done
`,
  },
  {
    name: 'an option that the daemon does not know',
    words: ['--daemon-option=--nonsense'],
    stderr: `+ guix-entry-point: Cannot start /usr/bin/guix-daemon: it ended at once (exit status 64).
+ It said:
+   /usr/bin/guix-daemon: unrecognized option '--nonsense'
+   Try \`guix-daemon --help' or \`guix-daemon --usage' for more information.
+ Hint: It knows no such option: look at '--daemon-option' and at '/usr/bin/guix-daemon --help'.
`,
  },
  {
    name: 'a socket directory that cannot be made',
    words: ['--daemon-socket=/proc/nowhere/socket'],
    stderr: `+ guix-entry-point: Cannot make the directory /proc/nowhere for the daemon's socket: no such file or directory.
+ Hint: Make it, or name another place for the socket: '--daemon-socket=FILE'.
`,
  },
  {
    name: 'a daemon that can make no socket and dies',
    words: ['--daemon-socket=/sys/socket'],
    stderr: `+ guix-entry-point: Cannot start /usr/bin/guix-daemon: it ended at once (exit status 1).
+ It said:
+   error: cannot bind to socket '/sys/socket': Operation not permitted
+ Hint: Start it by hand to see more: '/usr/bin/guix-daemon --debug'.
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
    stderr: `+ guix-daemon (N) did not end within 5 s: sending SIGKILL
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
  "`/var/guix/db/schema' is corrupt",
  'cannot link /gnu/store/.links/0x: File exists',
  'setting journal mode: database is locked',
])('a refusal that passes: %s', async (text, { world }) => {
  const words = ['--daemon-program=/fixtures/programs/refusing-daemon', 'true'];
  const env = { DAEMON_SAYS: text, DAEMON_REFUSES: '3' };
  expect(await run(world, words, { env })).toMatchObject({ status: 0, stderr: '+ true\n' });
  expectNothingSurvives(world);
});

test('no daemon anywhere: the places are named, the profile first', async ({ world }) => {
  const env = { GUIX_PROFILE: '/opt/profile', PATH: '/srv/bin:/opt/bin' };
  const command = [
    '/usr/bin/env',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ];
  expect(await runIn(world, [...command, '/entry-point.sh', '/bin/true'])).toEqual({
    status: 69,
    signal: null,
    stdout: '',
    stderr: `+ GUIX_PROFILE names /opt/profile, which is not there: it is left out
+ guix-entry-point: Cannot find guix-daemon.
+ Looked at:
+   /opt/profile/bin/guix-daemon
+   /var/guix/profiles/per-user/root/current-guix/bin/guix-daemon
+   /srv/bin/guix-daemon
+   /opt/bin/guix-daemon
+ Hint: Install Guix, or name the program: '--daemon-program=FILE'.
`,
  });
});

test('the daemon of the profile is preferred to that of PATH', async ({ world }) => {
  mkdirSync(world.at('/opt/profile/bin'), { recursive: true });
  const program = world.at('/opt/profile/bin/guix-daemon');
  writeFileSync(program, '#!/bin/sh\nexec /usr/bin/guix-daemon "$@"\n', { mode: 0o755 });
  const outcome = await run(world, ['-v', 'true'], { env: { GUIX_PROFILE: '/opt/profile' } });
  expect(outcome.stderr).toMatch(
    /^\+ guix-daemon: started as process \d+: \/opt\/profile\/bin\/guix-daemon /,
  );
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
    .toBe(`+ guix-entry-point: The guix-daemon there did not answer on ${socket} within 0.5 s.
+ Hint: On a slow machine, give it more: '--daemon-timeout=SECONDS'.
`);
  expect(listProcesses(world).map(({ command }) => command)).toEqual([
    expect.stringContaining('silent-daemon'),
  ]);
});
