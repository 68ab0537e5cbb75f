import {
  daemon,
  expect,
  expectNothingSurvives,
  list,
  runIn,
  startIn,
  test,
} from '../support/real.ts';
import { findOnlyChild } from '../../scripts/machine.ts';

/** As in `docker run`: the executable is process 1 of its own name space. */
const asProcessOne = ['unshare', '--pid', '--fork', '--mount-proc', '/entry-point.sh'] as const;

test("as process 1, the exit status is the command's", async ({ world }) => {
  for (const status of [0, 7, 255]) {
    const outcome = await runIn(world, [...asProcessOne, 'sh', '-c', `exit ${status}`]);
    expect(outcome).toMatchObject({ status, stderr: `+ sh -c 'exit ${status}'\n` });
  }
  expectNothingSurvives(world);
});

test('as process 1, a build that fails is shown', async ({ world }) => {
  const outcome = await runIn(world, [...asProcessOne, ...daemon.build('broken')]);
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(
    /\+ Failed build: .*\n.*\n.*\n\+ First error.*\n.*\nconfigure: error: libfoo is missing\n$/,
  );
  expect(list(world, '/job')).toHaveLength(1);
  expectNothingSurvives(world);
});

test('as process 1, SIGTERM ends a build in order', async ({ world }) => {
  const running = startIn(world, [...asProcessOne, ...daemon.build('endless')]);
  await running.says('building for ever\n');
  process.kill(findOnlyChild(running.pid), 'SIGTERM');
  const status = daemon.statusAfter('SIGTERM');
  expect(await running.ended).toEqual({ status, signal: null });
  expect(list(world, '/job')).toEqual([expect.stringMatching(/-endless-1\.0\.drv$/)]);
  expectNothingSurvives(world);
});
