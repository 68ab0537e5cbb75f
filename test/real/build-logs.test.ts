import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { daemon, expect, expectNothingSurvives, list, run, runIn, test } from '../support/real.ts';

const text = 'checking for libfoo... no\nconfigure: error: libfoo is missing\n';

test('where the working directory is read-only, the log is shown all the same', async ({
  world,
}) => {
  await runIn(world, ['mount', '-t', 'tmpfs', '-o', 'ro', 'none', '/srv']);
  const outcome = await run(world, daemon.build('broken'), { cwd: '/srv' });
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(
    /^\+ Cannot unpack the build log \S+\.drv\.(gz|bz2) into the working directory: read-only file system$/m,
  );
  const log = `${daemon.logDirectory}/drvs/\\S+\\.drv\\${daemon.logEnding}`;
  expect(outcome.stderr).toMatch(new RegExp(`^\\+ Its log: ${log} \\(2 lines\\)$`, 'm'));
  expect(outcome.stderr.endsWith(text)).toBe(true);
  expect(list(world, '/tmp')).toEqual([]);
  expectNothingSurvives(world);
});

test('a full working directory costs the file, not the text or the status', async ({ world }) => {
  await runIn(world, ['mount', '-t', 'tmpfs', '-o', 'nr_inodes=1', 'none', '/srv']);
  const outcome = await run(world, daemon.build('broken'), { cwd: '/srv' });
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(/^\+ Cannot unpack .*: no space left on device$/m);
  expect(outcome.stderr.endsWith(text)).toBe(true);
});

test('a working directory that was removed costs the file, not the text or the status', async ({
  world,
}) => {
  mkdirSync(world.at('/srv/gone'));
  const script = `${daemon.build('broken').join(' ')}; rmdir /srv/gone; exit 9`;
  const outcome = await run(world, ['sh', '-c', script], { cwd: '/srv/gone' });
  expect(outcome.status).toBe(9);
  expect(outcome.stderr.endsWith(text)).toBe(true);
});

test('the tree of logs may hold anything', async ({ world }) => {
  const drvs = `${daemon.logDirectory}/drvs`;
  mkdirSync(world.at(`${drvs}/ab`), { recursive: true });
  symlinkSync('ab', world.at(`${drvs}/cd`));
  symlinkSync('ef', world.at(`${drvs}/ef`));
  const name = '0123456789abcdfghijklmnpqrsvwx-loop-1.0.drv.gz';
  symlinkSync(name, world.at(`${drvs}/ab/${name}`));
  writeFileSync(world.at(`${drvs}/ab/notes.gz`), 'mine');
  const outcome = await run(world, daemon.build('broken'));
  expect(outcome.status).toBe(1);
  expect(outcome.stderr.endsWith(text)).toBe(true);
});

test('logs of earlier runs and of successes are left alone', async ({ world }) => {
  await run(world, daemon.build('broken'));
  const script = `${daemon.build('hello').join(' ')} && exit 4`;
  const outcome = await run(world, ['sh', '-c', script], { cwd: '/tmp' });
  expect(outcome.status).toBe(4);
  expect(outcome.stderr).not.toContain('Failed build');
  expect(list(world, '/tmp')).toEqual([]);
});

test('a file in the place of the log stays', async ({ world }) => {
  await run(world, daemon.build('broken'));
  const [name = ''] = list(world, '/job');
  writeFileSync(world.at(`/tmp/${name}`), 'mine');
  utimesSync(world.at(`/tmp/${name}`), 0, 0);
  await run(world, daemon.build('broken'), { cwd: '/tmp' });
  expect(list(world, '/tmp')).toEqual([name, `${name}.1`]);
  expect(readFileSync(world.at(`/tmp/${name}`), 'utf8')).toBe('mine');
  expect(readFileSync(world.at(`/tmp/${name}.1`), 'utf8')).toBe(text);
});

test('the derivation itself, copied by the command, does not pass for its log', async ({
  world,
}) => {
  const build = daemon.build('broken').join(' ');
  const script = `${build}; cp ${daemon.kind.store}/*-broken-1.0.drv . && exit 9`;
  const outcome = await run(world, ['sh', '-c', script]);
  expect(outcome.status).toBe(9);
  expect(outcome.stderr.endsWith(text)).toBe(true);
  const [derivation = '', log = ''] = list(world, '/job');
  expect(readFileSync(world.at(`/job/${derivation}`), 'utf8')).toMatch(/^Derive\(/);
  expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toBe(text);
});
