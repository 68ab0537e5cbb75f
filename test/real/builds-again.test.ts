import type { World } from '../../scripts/world.ts';
import type { ShellBuild } from '../support/daemons.ts';
import {
  readClientsWords,
  readFailed,
  readFailedDerivations,
  readLogs,
} from '../support/failures.ts';
import { daemon, expect, expectNothingSurvives, list, run, test } from '../support/real.ts';
import { quote } from '../support/terminal.ts';

// Builds of what has been built before: the store holds what an earlier one made.

const random = { name: 'random-1', script: 'echo made; head -c 100 /dev/urandom > $out' };
const constant = { name: 'constant-1', script: 'echo made; echo same > $out' };
/** It succeeds with one core alone. */
const flaky = {
  name: 'flaky-1',
  script: 'echo made; test $NIX_BUILD_CORES = 1 && echo same > $out',
};

const withOne = daemon.option('--cores', 1);
const withTwo = daemon.option('--cores', 2);

async function buildFirst(world: World, build: ShellBuild): Promise<void> {
  const words = daemon.buildEach([build], withOne);
  expect(await run(world, words)).toMatchObject({ status: 0 });
}

test('of two failures of the same derivation, the log of the second', async ({ world }) => {
  const script = String.raw`hexdump -n 8 -e '8/1 "%02x" "\n"' /dev/urandom; exit 1`;
  const build = daemon
    .buildEach([{ name: 'twice-1', script }])
    .map(quote)
    .join(' ');
  const { stderr } = await run(world, ['sh', '-c', `${build}; ${build}`]);
  const [first, second] = stderr.match(/^[0-9a-f]{16}$/gm) ?? [];
  expect(second).not.toBe(first);
  expect(readFailed(stderr)).toEqual(['twice-1']);
  expect(readLogs(world)).toEqual({ 'twice-1': `${second}\n` });
});

test('--keep-failed: what is kept stays where it is', async ({ world }) => {
  const failing = { name: 'kept-1', script: 'echo made; echo part > $out; exit 1' };
  const outcome = await run(world, daemon.buildEach([failing], ['--keep-failed']));
  expect(outcome.status).toBe(1);
  expect(readFailedDerivations(outcome.stderr)).toEqual(readClientsWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'kept-1': 'made\n' });
  expect(list(world, daemon.buildDirectory)).toHaveLength(1);
  expectNothingSurvives(world);
});

test.skipIf(daemon.leavesLocksOfChecks)(
  '--check that finds the same is a success',
  async ({ world }) => {
    await buildFirst(world, constant);
    const check = daemon.buildEach([constant], ['--check']).map(quote).join(' ');
    const outcome = await run(world, ['sh', '-c', `${check} && exit 9`]);
    expect(outcome.status).toBe(9);
    expect(readFailed(outcome.stderr)).toEqual([]);
    expect(list(world, '/job')).toEqual([]);
  },
);

test('--check that finds another output, which is told in words of its own', async ({ world }) => {
  await buildFirst(world, random);
  const outcome = await run(world, daemon.buildEach([random], ['--check']));
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(/-random-1\.drv' may not be deterministic: output .* differs$/m);
  expect(readFailed(outcome.stderr)).toEqual(['random-1']);
  expect(readLogs(world)).toEqual({ 'random-1': 'made\n' });
  expectNothingSurvives(world);
});

test('--check whose build fails: what it checked is there all the same', async ({ world }) => {
  await buildFirst(world, flaky);
  const outcome = await run(world, daemon.buildEach([flaky], ['--check', ...withTwo]));
  expect(outcome.status).toBe(1);
  expect(readClientsWords(outcome.stderr)).toHaveLength(1);
  expect(readFailedDerivations(outcome.stderr)).toEqual(readClientsWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'flaky-1': 'made\n' });
  expectNothingSurvives(world);
});

test.skipIf(daemon.leavesLocksOfChecks)(
  '--check that succeeds after one that failed',
  async ({ world }) => {
    await buildFirst(world, flaky);
    const check = daemon.buildEach([flaky], ['--check']);
    expect(await run(world, [...check, ...withTwo], { cwd: '/tmp' })).toMatchObject({ status: 1 });
    const again = [...check, ...withOne].map(quote).join(' ');
    const outcome = await run(world, ['sh', '-c', `${again} && exit 9`]);
    expect(outcome.status).toBe(9);
    expect(readFailed(outcome.stderr)).toEqual([]);
    expect(list(world, '/job')).toEqual([]);
  },
);
