import { chmodSync, writeFileSync } from 'node:fs';
import {
  daemon,
  expect,
  expectNothingSurvives,
  type Running,
  start,
  test,
} from '../support/real.ts';

// A fault at every moment of a run, told by what the run says: whatever comes when, nothing stays.

const slow = ['--daemon-program=/fixtures/programs/silent-daemon'];
// Its log is longer than a pipe is wide.
const failing = `${daemon.build('talkative').join(' ')} 2>/dev/null; exit 3`;

/** The moment, how to get there, what is said then, and the exit status of a run that is stopped there. */
const moments = [
  ['the daemon has been started', [...slow, 'true'], 'started as process', 143],
  ['the daemon listens and says nothing', [...slow, 'true'], 'listening and saying nothing', 143],
  ['the daemon is ready', ['sh', '-c', 'read -r line'], 'ready after', 143],
  ['the command is about to start', ['sh', '-c', 'read -r line'], '+ sh -c', 143],
  ['the command runs', ['sh', '-c', 'echo begun >&2; read -r line'], '\nbegun\n', 143],
  ['a build runs', daemon.build('endless'), 'building for ever\n', daemon.statusAfter('SIGTERM')],
  ['the command has ended', ['sh', '-c', failing], 'The command ended after', 3],
  ['a build log is shown', ['sh', '-c', failing], '+ Failed build', 3],
  [
    'what was left is being ended',
    ['bash', '-c', `setsid sh -c 'trap "" TERM; while :; do sleep 1; done' & sleep 0.1; exit 3`],
    'The command left processes behind',
    3,
  ],
] as const;

async function endsCleanly(running: Running, status: number): Promise<void> {
  const ending = await running.ended;
  expect(ending.signal).toBeNull();
  expect(ending.status, running.stderr()).toBe(status);
}

test.for(moments)('SIGTERM when %s', async ([, words, said, status], { world }) => {
  const running = start(world, ['-v', '--log-lines=10000', ...words]);
  await running.holdAt(said);
  process.kill(running.pid, 'SIGTERM');
  running.readOn();
  await endsCleanly(running, status);
  // A command that has ended gets nothing any more.
  if (status === 3) expect(running.stderr()).not.toContain('SIGTERM: passed on');
  expectNothingSurvives(world);
});

/** Where a storm begins, and the exit status: of the run that is called off, or of the killed command. */
const storms = [
  ['started as process', [...slow, 'true'], 143],
  [
    '\ncaught\n',
    [
      '--trace=off',
      'bash',
      '-c',
      `trap 'echo caught >&2' TERM; kill $$; while :; do sleep 1; done`,
    ],
    137,
  ],
] as const;

test.for(storms)('SIGTERM without end from "%s" on', async ([said, words, status], { world }) => {
  const running = start(world, ['-v', '--log-lines=10000', ...words]);
  await running.says(said);
  const { pid } = running;
  const storm = setInterval(() => {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      clearInterval(storm);
    }
  }, 1);
  await endsCleanly(running, status);
  clearInterval(storm);
  expectNothingSurvives(world);
});

test('a command that ends while a build of its background goes on', async ({ world }) => {
  writeFileSync(
    world.at('/job/leave'),
    `#!/bin/bash
setsid ${daemon.build('endless').join(' ')} 2>/job/err &
until grep -q 'for ever' /job/err; do sleep 0.05; done
`,
  );
  chmodSync(world.at('/job/leave'), 0o755);
  const running = start(world, ['--trace=commands', './leave']);
  await endsCleanly(running, 0);
  expect(running.stderr()).toMatch(/\+ The command left processes behind \(\d+ .*(guix|nix).*\)/);
  expectNothingSurvives(world);
});
