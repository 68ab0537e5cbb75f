// The self-test and what it leaves: nothing, however it ends.
import { on } from 'node:events';
import { mkdirSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { World } from '../../scripts/world.ts';
import { asUser, examineAlone, expectNothingOfOurs, prepare } from '../support/doctor.ts';
import {
  daemon,
  type Running,
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
  const words = ['self-test', 'socket', '--daemon-socket=guix://127.0.0.1:1234'];
  const { status, findings } = await examineAlone(world, words);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken' },
    { state: 'broken', text: 'a build in the daemon that runs fails: connection refused' },
  ]);
});

/** A doctor whose build is in the store, and not done. */
async function startBuild(world: World): Promise<Running> {
  await prepare(world, '/entry-point.sh true');
  const watcher = watch(world.at(daemon.kind.store));
  const changes = on(watcher, 'change');
  const running = start(world, ['doctor', 'self-test']);
  for await (const [, name] of changes) if (String(name).endsWith('-self-test.drv')) break;
  watcher.close();
  return running;
}

test.for([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s in the middle of it takes all away', async ([signal, status], { world }) => {
  const running = await startBuild(world);
  process.kill(running.pid, signal);
  expect(await running.ended).toEqual({ status, signal: null });
  expectNothingOfOurs(world);
  expectNothingSurvives(world);
});

test('two at once have nothing in common', async ({ world }) => {
  const first = await startBuild(world);
  // What it builds with stays in use.
  process.kill(first.pid, 'SIGSTOP');
  const second = await run(world, ['doctor', 'self-test']);
  // nsenter(1) has stopped with it, and goes on with it.
  first.child.kill('SIGCONT');
  expect(second.stdout).not.toMatch(/stays in the store|fails/);
  expect(await first.ended).toEqual({ status: 0, signal: null });
  expect(first.stdout()).not.toMatch(/stays in the store|fails/);
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
  const running = startIn(world, [daemon.program, ...daemon.arguments]);
  await expect.poll(() => list(world, dirname(daemon.socket))).toEqual(['socket']);
  process.kill(running.pid, 'SIGKILL');
  await running.ended;
  await prepare(world, `chmod 755 ${dirname(daemon.socket)}`);
  const line = ['doctor', '--fix', 'socket'];
  const { stdout, stderr } = await runIn(world, [...asUser, '/entry-point.sh', ...line]);
  expect(stderr).toBe('');
  expect(stdout).toContain('Cannot be done: permission denied.');
  await prepare(world, `rm ${daemon.socket}`);
});
