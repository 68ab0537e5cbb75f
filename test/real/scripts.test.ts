import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runIn } from '../../scripts/machine.ts';
import { openWorld } from '../../scripts/world.ts';
import { expect, expectNothingSurvives, test } from '../support/real.ts';

const repository = join(import.meta.dirname, '../..');

test('the demonstration uses the Guix of a machine that has one', async () => {
  await using world = await openWorld([
    [process.execPath, '/usr/local/bin/node'],
    [repository, '/repository'],
  ]);
  const outcome = await runIn(world, ['node', '/repository/scripts/demonstrate.ts']);
  expect(outcome).toMatchObject({ status: 0 });
  expect(outcome.stderr).toContain('» using the Guix of this machine: /usr/bin/guix-daemon\n');
  expect(outcome.stdout).toMatch(/^\/gnu\/store\/\w{32}-hello-2\.12$/m);
  expect(outcome.stdout).toMatch(/-broken-1\.0\.drv\n\nNothing survived: no process, no socket/);
  expectNothingSurvives(world);
});

test.for(['start.ts', 'provision.ts', 'bench.ts'])(
  'without root, %s says what is missing',
  (script) => {
    // As an ordinary user sees it; a real one might not be allowed to read this checkout.
    const user = 'data:text/javascript,process.getuid = () => 1000';
    const words = ['--import', user, join(repository, 'scripts', script)];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^» A real guix-daemon needs root: .* Run the same command as root.*\n$/,
    );
  },
);
