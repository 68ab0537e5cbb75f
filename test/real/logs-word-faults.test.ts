import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { entryPoint, expect, guixBuild, list, run, runIn, start, test } from '../support/real.ts';
import { build, buildThree, drvs, findLog, logs, readList } from '../support/logs-word.ts';

test('a limit on the size of files is told, and not our end', async ({ world }) => {
  await build(world, 'long-1.0', 'seq 1 2000; exit 1');
  const script = `ulimit -f 1; exec ${entryPoint} logs unpack`;
  const outcome = await runIn(world, ['bash', '-c', script]);
  expect(outcome).toMatchObject({ status: 1, stdout: '' });
  expect(outcome.stderr).toMatch(/^\+ Cannot unpack the build log \S+ into .*: file too large$/m);
  expect(list(world, '/job')).toEqual([]);
});

test('names that match nothing are told, and the others go on', async ({ world }) => {
  await run(world, ['--logs=none', ...guixBuild('broken.scm')]);
  const outcome = await logs(world, 'list', 'borken', 'broken');
  expect(outcome.status).toBe(1);
  expect(readList(outcome)).toEqual(['failed broken-1.0']);
  expect(outcome.stderr).toBe(`+ guix-entry-point: There is no build log of 'borken'.
+ Looked at:
+   1 log in ${drvs}
+ Hint: Did you mean 'broken'? 'guix-entry-point logs --logs=all' lists what there is.
`);
});

test('what is being built is said to be', async ({ world }) => {
  const building = start(world, guixBuild('endless.scm'));
  await building.says('building for ever\n');
  const outcome = await logs(world, 'show', 'endless');
  expect(outcome).toMatchObject({ status: 1, stdout: '' });
  expect(outcome.stderr).toMatch(/-endless-1\.0\.drv is being built: its log is not whole yet\.$/m);
  expect((await logs(world)).status).toBe(1);
  process.kill(building.pid);
  await building.ended;
});

test('an ordinary user: what can be read is, and what cannot is told', async ({ world }) => {
  await buildThree(world);
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', entryPoint, 'logs'];
  const all = await runIn(world, [...user, 'list', '--logs=all'], { cwd: '/tmp' });
  expect(all).toMatchObject({ status: 0, stderr: '' });
  expect(readList(all)).toEqual(['failed broken-1.0', 'succeeded hello-2.12', 'failed other-0.9']);
  const log = findLog(world, 'broken-1.0');
  chmodSync(world.at(log), 0o600);
  for (const action of ['show', 'unpack']) {
    const outcome = await runIn(world, [...user, action, 'broken', 'other'], { cwd: '/tmp' });
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toMatch(new RegExp(`^\\+ Cannot .*${log}: permission denied$`, 'm'));
    expect(outcome.stdout).toMatch(
      action === 'show' ? /^other\n$/ : /^[0-9a-z]{32}-other-0\.9\.drv\n$/,
    );
  }
  const directory = join(log, '..');
  chmodSync(world.at(directory), 0o700);
  const hidden = await runIn(world, user, { cwd: '/tmp' });
  expect(hidden).toMatchObject({
    status: 1,
    stderr: `+ Cannot read ${directory}: permission denied\n`,
  });
  expect(readList(hidden)).toEqual(['failed other-0.9']);
  chmodSync(world.at(drvs), 0o700);
  const closed = await runIn(world, user, { cwd: '/tmp' });
  expect(closed).toMatchObject({ status: 1, stdout: '' });
  expect(closed.stderr).toContain(`Cannot look for build logs in ${drvs}: permission denied.`);
});

test('whoever reads may have seen enough, or have no room', async ({ world }) => {
  await build(world, 'long-1.0', 'seq 1 200000; exit 1');
  const script = `set -o pipefail; ${entryPoint} logs show --log-lines=200000 long 2>/dev/null | head -n 1`;
  const piped = await runIn(world, ['bash', '-c', script]);
  expect(piped).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
  const full = await runIn(world, ['sh', '-c', `${entryPoint} logs >/dev/full`]);
  expect(full.status).toBe(1);
  expect(full.stderr).toContain('Cannot write to standard output: no space left on device.');
});

test('GUIX_LOG_DIRECTORY counts, and one that is not there is an error', async ({ world }) => {
  const env = { GUIX_LOG_DIRECTORY: '/srv/logs' };
  const missing = await run(world, ['logs'], { env });
  expect(missing).toMatchObject({ status: 1, stdout: '' });
  expect(missing.stderr).toContain(
    'Cannot look for build logs in /srv/logs: no such file or directory.',
  );
  mkdirSync(world.at('/srv/logs'));
  expect((await run(world, ['logs', '--logs=all'], { env })).stderr).toContain(
    '  0 logs in /srv/logs/drvs\n',
  );
  await run(world, ['--logs=none', ...guixBuild('broken.scm')], { env });
  expect(readList(await run(world, ['logs'], { env }))).toEqual(['failed broken-1.0']);
});
