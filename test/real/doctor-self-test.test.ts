// The self-test and what it leaves: nothing, however it ends.
import { on } from 'node:events';
import { mkdirSync, watch } from 'node:fs';
import { asUser, examineAlone, expectNothingOfOurs, prepare } from '../support/doctor.ts';
import {
  expect,
  expectNothingSurvives,
  list,
  run,
  runIn,
  start,
  startIn,
  test,
} from '../support/real.ts';

test('where nobody listens, nothing works', async ({ world }) => {
  const words = ['self-test', 'socket', '--daemon-socket=guix://localhost:1234'];
  const { status, findings } = await examineAlone(world, words);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken' },
    { state: 'broken', text: 'a build in the daemon that runs fails: connection refused' },
  ]);
});

test.for([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s in the middle of it takes all away', async ([signal, status], { world }) => {
  const watcher = watch(world.at('/gnu/store'));
  const changes = on(watcher, 'change');
  const running = start(world, ['doctor', 'self-test']);
  for await (const [, name] of changes) if (String(name).endsWith('-self-test.drv')) break;
  process.kill(running.pid, signal);
  watcher.close();
  expect(await running.ended).toEqual({ status, signal: null });
  expectNothingOfOurs(world);
  expectNothingSurvives(world);
});

test('two at once take nothing from each other', async ({ world }) => {
  const words = ['doctor', 'self-test'];
  const all = await Promise.all(Array.from({ length: 4 }, () => run(world, words)));
  for (const { status, stdout } of all) {
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.not.stringMatching(/stays in the store|fails/),
    });
  }
  expectNothingOfOurs(world);
  expectNothingSurvives(world);
});

test('what a build that is not isolated fails by has its meaning', async ({ world }) => {
  mkdirSync(world.at('/homeless-shelter'));
  const { status, findings } = await examineAlone(world, ['self-test']);
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    { state: 'fine' },
    { state: 'odd', command: 'rm --recursive /homeless-shelter' },
  ]);
});

test('who may not mend is told why', async ({ world }) => {
  const daemon = startIn(world, ['guix-daemon', '--build-users-group=guixbuild']);
  await expect.poll(() => list(world, '/var/guix/daemon-socket')).toEqual(['socket']);
  process.kill(daemon.pid, 'SIGKILL');
  await daemon.ended;
  const line = ['doctor', '--fix', 'socket'];
  const { stdout, stderr } = await runIn(world, [...asUser, '/entry-point.sh', ...line]);
  expect(stderr).toBe('');
  expect(stdout).toContain('Cannot be done: permission denied.');
  await prepare(world, 'rm /var/guix/daemon-socket/socket');
});
