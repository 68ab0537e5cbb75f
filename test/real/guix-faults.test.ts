import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, expectNothingSurvives, list, run, runIn, test } from '../support/real.ts';

// What a guix-daemon says and no other, and where it is looked for.

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
    name: 'a daemon that can make no socket and dies',
    words: ['--daemon-socket=/sys/socket'],
    stderr: `+ guix-entry-point: Cannot start /usr/bin/guix-daemon: it ended at once (exit status 1).
+ It said:
+   error: cannot bind to socket '/sys/socket': Operation not permitted
+ Hint: Start it by hand to see more: '/usr/bin/guix-daemon --debug'.
`,
  },
] as const;

test.for(faults)('$name', async ({ words, stderr }, { world }) => {
  const outcome = await run(world, [...words, 'touch', '/job/ran']);
  expect(outcome).toEqual({ status: 69, signal: null, stdout: '', stderr });
  expect(list(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});

test('a daemon on another machine is asked, and never started', async ({ world }) => {
  const env = { GUIX_DAEMON_SOCKET: 'guix://127.0.0.1:9' };
  expect(await run(world, ['true'], { env })).toEqual({
    status: 69,
    signal: null,
    stdout: '',
    stderr: `+ guix-entry-point: Cannot use the daemon on guix://127.0.0.1:9: connection refused.
+ Hint: It is not ours to start. See to it there, or name another place: --daemon-socket=ADDRESS.
`,
  });
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
