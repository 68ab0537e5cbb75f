import type { World } from '../../scripts/world.ts';
import {
  buildExpressions,
  readFailed,
  readFailedDerivations,
  readGuixWords,
  readLogs,
} from '../support/failures.ts';
import { expect, expectNothingSurvives, list, run, test } from '../support/real.ts';
import { quote } from '../support/terminal.ts';

// Builds of what has been built before: the store holds what an earlier one made.

const random = '(shell-build "random-1" "echo made; head -c 100 /dev/urandom > $out")';
const constant = '(shell-build "constant-1" "echo made; echo same > $out")';
/** It succeeds with `--cores=1` alone. */
const flaky = '(shell-build "flaky-1" "echo made; test $NIX_BUILD_CORES = 1 && echo same > $out")';

async function buildFirst(world: World, expression: string): Promise<void> {
  const words = [...buildExpressions(expression), '--cores=1'];
  expect(await run(world, words)).toMatchObject({ status: 0 });
}

test('of two failures of the same derivation, the log of the second', async ({ world }) => {
  const builder = '"hexdump -n 8 -e \'8/1 \\"%02x\\" \\"\\\\n\\"\' /dev/urandom; exit 1"';
  const build = buildExpressions(`(shell-build "twice-1" ${builder})`).map(quote).join(' ');
  const { stderr } = await run(world, ['sh', '-c', `${build}; ${build}`]);
  const [first, second] = stderr.match(/^[0-9a-f]{16}$/gm) ?? [];
  expect(second).not.toBe(first);
  expect(readFailed(stderr)).toEqual(['twice-1']);
  expect(readLogs(world)).toEqual({ 'twice-1': `${second}\n` });
});

test('--keep-failed: what is kept stays where it is', async ({ world }) => {
  const failing = '(shell-build "kept-1" "echo made; echo part > $out; exit 1")';
  const outcome = await run(world, [...buildExpressions(failing), '--keep-failed']);
  expect(outcome.status).toBe(1);
  expect(readFailedDerivations(outcome.stderr)).toEqual(readGuixWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'kept-1': 'made\n' });
  expect(list(world, '/tmp')).toEqual(['guix-build-kept-1.drv-0']);
  expectNothingSurvives(world);
});

test('--check that finds the same is a success', async ({ world }) => {
  await buildFirst(world, constant);
  const check = [...buildExpressions(constant), '--check'].map(quote).join(' ');
  const outcome = await run(world, ['sh', '-c', `${check} && exit 9`]);
  expect(outcome.status).toBe(9);
  expect(readFailed(outcome.stderr)).toEqual([]);
  expect(list(world, '/job')).toEqual([]);
});

test('--check that finds another output, which Guix tells in words of its own', async ({
  world,
}) => {
  await buildFirst(world, random);
  const outcome = await run(world, [...buildExpressions(random), '--check']);
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(/-random-1\.drv' may not be deterministic: output .* differs$/m);
  expect(readFailed(outcome.stderr)).toEqual(['random-1']);
  expect(readLogs(world)).toEqual({ 'random-1': 'made\n' });
  expectNothingSurvives(world);
});

test('--check whose build fails: what it checked is there all the same', async ({ world }) => {
  await buildFirst(world, flaky);
  const outcome = await run(world, [...buildExpressions(flaky), '--check', '--cores=2']);
  expect(outcome.status).toBe(1);
  expect(readGuixWords(outcome.stderr)).toHaveLength(1);
  expect(readFailedDerivations(outcome.stderr)).toEqual(readGuixWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'flaky-1': 'made\n' });
  expectNothingSurvives(world);
});

test('--check that succeeds after one that failed', async ({ world }) => {
  await buildFirst(world, flaky);
  const check = [...buildExpressions(flaky), '--check'];
  expect(await run(world, [...check, '--cores=2'], { cwd: '/tmp' })).toMatchObject({ status: 1 });
  const again = [...check, '--cores=1'].map(quote).join(' ');
  const outcome = await run(world, ['sh', '-c', `${again} && exit 9`]);
  expect(outcome.status).toBe(9);
  expect(readFailed(outcome.stderr)).toEqual([]);
  expect(list(world, '/job')).toEqual([]);
});
