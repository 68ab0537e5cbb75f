import { mkdirSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { readDerivation } from '../../src/build-logs/derivation.ts';
import {
  daemon,
  entryPoint,
  expect,
  expectNothingSurvives,
  list,
  listDaemons,
  run,
  start,
  test,
} from '../support/real.ts';
import {
  build,
  buildThree,
  drvs,
  findDerivation,
  findLog,
  logs,
  readList,
  text,
} from '../support/logs-word.ts';
import { openTerminal } from '../support/terminal.ts';

test('list: the failed ones, the newest first; all of them with --logs=all', async ({ world }) => {
  await buildThree(world);
  const failed = await logs(world);
  expect(failed).toMatchObject({ status: 0, stderr: '' });
  expect(failed.stdout.split('\n')).toEqual([
    expect.stringMatching(
      /^failed {2}\d{4}-\d\d-\d\dT\d\d:\d\d {2}\d+ {2}broken-1\.0 {2}\/(?:gnu|nix)\/store\/[0-9a-z]{32}-broken-1\.0\.drv$/,
    ),
    expect.stringMatching(
      /^failed {2}2020-01-02T03:04 {2}\d+ {2}other-0\.9 {3}\/(?:gnu|nix)\/store\/[0-9a-z]{32}-other-0\.9\.drv$/,
    ),
    '',
  ]);
  const all = await logs(world, 'list', '--logs=all');
  expect(readList(all)).toEqual(['failed broken-1.0', 'succeeded hello-2.12', 'failed other-0.9']);
  expect(readList(await logs(world, 'list', 'hello', 'other'))).toEqual([
    'succeeded hello-2.12',
    'failed other-0.9',
  ]);
  expectNothingSurvives(world);
  expect(list(world, '/job')).toEqual([]);
});

test('list --log-format=json: one object for each', async ({ world }) => {
  await run(world, ['--logs=none', ...daemon.build('broken')]);
  const { stdout, stderr } = await logs(world, '--log-format=json');
  expect(stderr).toBe('');
  expect((await logs(world, '--json')).stdout).toBe(stdout);
  const derivation = findDerivation(world, 'broken-1.0');
  expect(JSON.parse(stdout)).toEqual({
    state: 'failed',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    storedSize: readFileSync(world.at(findLog(world, 'broken-1.0'))).length,
    package: 'broken-1.0',
    derivation,
    outputs: readDerivation(world.at(derivation)).outputs,
    log: findLog(world, 'broken-1.0'),
  });
});

test('a build whose derivation was collected is of unknown outcome', async ({ world }) => {
  await run(world, ['--logs=none', ...daemon.build('broken')]);
  const derivation = findDerivation(world, 'broken-1.0');
  expect((await run(world, daemon.delete(derivation))).status).toBe(0);
  const failed = await logs(world);
  expect(failed).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `+ guix-entry-point: There is no log of a build that is known to have failed.
+ Looked at:
+   1 log in ${drvs}
+ Hint: '--logs=all' selects those of successes and of unknown outcome, too.
`,
  });
  expect(readList(await logs(world, '--logs=all'))).toEqual(['unknown broken-1.0']);
  const shown = await logs(world, 'show', 'broken');
  expect(shown).toMatchObject({ status: 0, stdout: text });
  expect(shown.stderr).toMatch(/^\+ Build of unknown outcome: broken-1\.0$/m);
});

test('a daemon at hand is asked; without one, it goes by what is there', async ({ world }) => {
  await run(world, ['--logs=none', ...daemon.build('broken')]);
  const { outputs } = readDerivation(world.at(findDerivation(world, 'broken-1.0')));
  // What a build that was killed can leave: it is there, and not valid.
  mkdirSync(world.at(outputs[0] ?? ''));
  expect(readList(await logs(world, 'list', 'broken'))).toEqual(['failed broken-1.0']);
  // By its lock file it is known as a failure; without that, only to the daemon.
  rmSync(world.at(`${outputs[0]}.lock`));
  expect(readList(await logs(world, 'list', 'broken'))).toEqual(['succeeded broken-1.0']);
  const other = start(world, ['sh', '-c', 'echo begun >&2; read -r line']);
  await other.says('\nbegun\n');
  expect(readList(await logs(world, 'list', 'broken'))).toEqual(['failed broken-1.0']);
  expect(listDaemons(world)).toHaveLength(1);
  other.child.stdin?.end('\n');
  await other.ended;
});

test('show: the log on stdout, what it is of on stderr', async ({ world }) => {
  await buildThree(world);
  const newest = await logs(world, 'show');
  const derivation = findDerivation(world, 'broken-1.0');
  expect(newest).toMatchObject({ status: 0, stdout: text });
  expect(newest.stderr).toContain(`+ Failed build: broken-1.0
+ Its derivation: ${derivation}
+ Its log: ${findLog(world, 'broken-1.0')} (2 lines)
`);
  const both = await logs(world, 'show', '--log-lines=1', 'other', derivation);
  expect(both).toMatchObject({
    status: 0,
    stdout: 'configure: error: libfoo is missing\nother\n',
  });
  expect(both.stderr).toContain('(2 lines, of which the last 1 follow)');
  expect((await logs(world, 'show', '--log-lines=0', 'other')).stdout).toBe('');
  expect((await logs(world, 'show', 'hello')).stdout).toBe('checking for a shell... yes\n');
});

test('unpack: the paths on stdout, what they are of on stderr', async ({ world }) => {
  await buildThree(world);
  const all = await logs(world, 'unpack');
  expect(all.status).toBe(0);
  const names = all.stdout.split('\n').slice(0, -1);
  expect(names).toEqual([
    expect.stringMatching(/^[0-9a-z]{32}-broken-1\.0\.drv$/),
    expect.stringMatching(/^[0-9a-z]{32}-other-0\.9\.drv$/),
  ]);
  expect(list(world, '/job')).toEqual(names.toSorted());
  expect(readFileSync(world.at(`/job/${names[0]}`), 'utf8')).toBe(text);
  expect(all.stderr).toMatch(/^\+ Failed build: broken-1\.0$/m);
  expect(all.stderr).not.toContain(text);
  const one = await logs(world, 'unpack', '--logs-directory=/tmp/out', 'hello');
  expect(one.stdout).toMatch(/^\/tmp\/out\/[0-9a-z]{32}-hello-2\.12\.drv\n$/);
  expect(list(world, '/tmp/out')).toHaveLength(1);
});

test('at a terminal: a heading, and nothing that could drive it', async ({ world }) => {
  await build(world, 'rude-1.0', String.raw`printf '\033]0;pwned\007\n'; exit 1`);
  const listed = openTerminal(world, `${entryPoint} logs`);
  expect(await listed.ended).toBe(0);
  expect(listed.screen()).toMatch(/^STATE +WRITTEN +SIZE +PACKAGE +DERIVATION\nfailed /);
  const shown = openTerminal(world, `${entryPoint} logs show`);
  expect(await shown.ended).toBe(0);
  expect(shown.screen()).toContain('\n^[]0;pwned^G\n');
  expect((await logs(world, 'show')).stdout).toBe('\x1b]0;pwned\x07\n');
});

test('-- logs and ./logs are commands, logs --help is ours', async ({ world }) => {
  writeFileSync(world.at('/job/logs'), '#!/bin/sh\necho "mine: $*"\n', { mode: 0o755 });
  expect((await run(world, ['--', 'logs', 'list'])).status).toBe(127);
  expect(await run(world, ['./logs', '--help'])).toMatchObject({
    status: 0,
    stdout: 'mine: --help\n',
  });
  const help = await logs(world, '--help');
  expect(help).toMatchObject({ status: 0, stderr: '' });
  expect(help.stdout).toMatch(/^Usage: guix-entry-point \[OPTION…\] logs \[list\|show\|unpack\]/);
  const wrong = await logs(world, 'hello');
  expect(wrong).toMatchObject({ status: 64, stdout: '' });
  expect(wrong.stderr).toContain("It takes 'list', 'show' or 'unpack'");
});
