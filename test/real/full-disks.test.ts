import type { World } from '../../scripts/world.ts';
import { buildExpressions, readFailed, readClientsWords, readLogs } from '../support/failures.ts';
import { expect, expectNothingSurvives, list, run, runIn, test } from '../support/real.ts';

// Disks that are full beside the build (for the build itself and its log see failing-builds.test.ts).

const long = '(shell-build "long-1" "echo begun; head -c 40000 /dev/zero | hexdump -v; exit 7")';

async function mountSmall(world: World, directory: string, options: string): Promise<void> {
  const mount = ['mount', '-t', 'tmpfs', '-o', options, 'none', directory];
  expect(await runIn(world, mount)).toMatchObject({ status: 0 });
}

test('a full store', async ({ world }) => {
  // The shell that builds takes 2 MB of it.
  await mountSmall(world, '/gnu/store', 'size=8m,mode=1775');
  const builder = '"echo begun; head -c 20000000 /dev/zero > $out || exit 7"';
  const outcome = await run(world, buildExpressions(`(shell-build "big-1" ${builder})`));
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toContain('may have been caused by lack of free disk space\n');
  expect(readFailed(outcome.stderr)).toEqual(['big-1']);
  expect(readLogs(world)['big-1']).toMatch(/^begun\nhead: .*\n$/);
  expectNothingSurvives(world);
});

test('no room for the log at all: the build fails without one', async ({ world }) => {
  await mountSmall(world, '/var/log/guix', 'nr_inodes=3');
  const outcome = await run(world, buildExpressions('(shell-build "a-1" "echo begun; exit 7")'));
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(/^guix build: error: .*No space left on device$/m);
  expect(list(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});

test('a working directory that takes the beginning of the log: no part of it is left there', async ({
  world,
}) => {
  await mountSmall(world, '/srv', 'size=8k');
  const outcome = await run(world, buildExpressions(long), { cwd: '/srv' });
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(/^\+ Cannot unpack .*: no space left on device$/m);
  expect(readFailed(outcome.stderr)).toEqual(['long-1']);
  expect(readClientsWords(outcome.stderr)).toHaveLength(1);
  // Shown to its end all the same.
  expect(outcome.stderr).toMatch(/\n0009c40\n$/);
  expect(list(world, '/srv')).toEqual([]);
  expectNothingSurvives(world);
});
