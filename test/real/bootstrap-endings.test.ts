// A bootstrap that is ended leaves nothing that runs, and nothing that looks finished.
import { bootstrap, define, scripted, seed, shell, test } from '../support/bootstrap-world.ts';
import { type Running, expect, kill, list, listProcesses, startIn } from '../support/real.ts';
import type { World } from '../../scripts/world.ts';

const script =
  'mkdir $out; echo half >$out/x; setsid sleep 1000 & sleep 1000 & touch $out/ready; sleep 1000';

/** Starts a bootstrap whose second build never ends, and waits until that is in the middle of it. */
async function startEndless(world: World, words: readonly string[] = []): Promise<Running> {
  define(world, `${seed}${scripted('endless', script)}`);
  const command = ['/entry-point.sh', 'bootstrap', 'bootstrap0.scm', ...words];
  const running = startIn(world, command);
  await running.says('endless-1: builder');
  const isReady = 'find / -xdev -path "*-endless-1/ready" 2>/dev/null | wc -l';
  await expect.poll(() => shell(world, isReady)).not.toBe('0\n');
  return running;
}

/** Names that look like outputs of it. */
function listOutputs(world: World): readonly string[] {
  return list(world, '/job/store0').filter((name) => /endless-1$|^\./.test(name));
}

test.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', async (signal, { world }) => {
  const running = await startEndless(world);
  process.kill(running.pid, signal);
  const number = { SIGTERM: 15, SIGINT: 2, SIGHUP: 1 }[signal];
  expect(await running.ended).toEqual({ status: 128 + number, signal: null });
  expect(running.stderr()).toMatch(new RegExp(`\\+ ${signal}: stopping\n$`));
  expect(listProcesses(world)).toEqual([]);
  expect(listOutputs(world)).toEqual([]);
});

test('SIGKILL, which ends the build as well, and the next run begins it anew', async ({
  world,
}) => {
  const running = await startEndless(world);
  process.kill(running.pid, 'SIGKILL');
  expect(await running.ended).toEqual({ status: null, signal: 'SIGKILL' });
  await expect.poll(() => listProcesses(world)).toEqual([]);
  expect(listOutputs(world)).toEqual(['.build']);
  define(world, `${seed}${scripted('endless', 'echo done >$out')}`);
  const { status, stdout } = await bootstrap(world);
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('endless-1'),
  });
  expect(listOutputs(world)).toHaveLength(1);
});

test('SIGTERM where builds are not isolated', async ({ world }) => {
  define(world, `${seed}${scripted('endless', script)}`);
  const command = ['env', 'PATH=/nowhere', '/entry-point.sh', 'bootstrap', 'bootstrap0.scm'];
  const running = startIn(world, command);
  const isReady = 'ls /job/store0/*-endless-1/ready 2>/dev/null | wc -l';
  await expect.poll(() => shell(world, isReady)).toBe('1\n');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  expect(listProcesses(world)).toEqual([]);
  expect(listOutputs(world)).toEqual([]);
});

test('what was killed where builds are not isolated is built anew', async ({ world }) => {
  define(
    world,
    `${seed}${scripted('endless', 'mkdir $out; echo whole >$out/x; [ -e $out/../log ]')}`,
  );
  const env = { PATH: '/nowhere' };
  const { stdout } = await bootstrap(world, [], { env });
  const place = (await shell(world, 'echo store0/*-endless-1')).trim();
  // As if it had been killed: it is there, and in no manifest.
  await shell(world, `rm store0/manifest.json; echo half >${place}/x; touch ${place}/y`);
  expect((await bootstrap(world, [], { env })).stdout).toBe(stdout);
  expect(await shell(world, `cat ${place}/*`)).toBe('whole\n');
});

test('a build whose program is killed has failed', async ({ world }) => {
  define(world, `${seed}${scripted('bad', 'kill -9 $$ $(pidof sh); sleep 1000')}`);
  const running = startIn(world, ['/entry-point.sh', 'bootstrap', 'bootstrap0.scm']);
  await running.says('bad-1: builder');
  const find = (): number | undefined =>
    listProcesses(world).find(({ command }) => command.startsWith('sleep 1000'))?.pid;
  await expect.poll(find).toBeDefined();
  await kill(world, find() ?? 0, 'KILL');
  expect(await running.ended).toEqual({ status: 1, signal: null });
  expect(running.stderr()).toContain('The build of bad-1 failed: ');
});
