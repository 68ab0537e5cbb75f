import { readFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import {
  buildExpressions,
  readFailed,
  readFailedDerivations,
  readClientsWords,
  readLogs,
} from '../support/failures.ts';
import { makeRepository } from '../support/repository.ts';
import {
  entryPoint,
  expect,
  expectNothingSurvives,
  guixBuild,
  list,
  run,
  runIn,
  test,
} from '../support/real.ts';

// Every command of Guix that builds, with a package that fails. There is no network: what else the
// command wants is not there either, and is not tried because of the failure.

const fixtures = '/fixtures/commands';
const offline = '--no-substitutes';
const env = {
  GUILE_LOAD_PATH: `/fixtures/packages:${fixtures}/packages`,
  GUILE_AUTO_COMPILE: '0',
};

function pull(world: World): readonly string[] {
  const channel = '/srv/channel';
  makeRepository(world.at(channel), world.at(`${fixtures}/channel`));
  return ['guix', 'pull', offline, `--url=file://${channel}`, '--disable-authentication'];
}

test.for([
  'guix build failing -L packages',
  'guix build -f packages/failing.scm',
  'guix package -i failing -L packages',
  'guix package -f packages/failing.scm',
  'guix package -m manifest.scm',
  'guix shell -f packages/failing.scm -- true',
  'guix shell -m manifest.scm -- true',
  'guix pack -m manifest.scm',
  'guix system build system.scm',
])('%s', async (line, { world }) => {
  const script = `cd ${fixtures} && ${line.replace(/^guix \w+/, `$& ${offline}`)}`;
  const outcome = await run(world, ['sh', '-c', script], { env });
  expect(outcome).toMatchObject({ status: 1, stdout: '' });
  expect(readFailed(outcome.stderr)).toEqual(['failing-1.0']);
  expect(readFailedDerivations(outcome.stderr)).toEqual(readClientsWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'failing-1.0': 'checking for libfoo... no\n' });
  expectNothingSurvives(world);
});

test('guix pull', async ({ world }) => {
  const { status, stderr } = await run(world, pull(world), { env });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Building from this channel:\n {2}guix +file:\/\/\/srv\/channel\t/m);
  expect(readFailed(stderr)).toEqual(['guix-command']);
  expect(readFailedDerivations(stderr)).toEqual(readClientsWords(stderr));
  expect(readLogs(world)).toEqual({ 'guix-command': 'compiling...\n' });
  expectNothingSurvives(world);
});

test('guix pull, and a guix package in a run inside it', async ({ world }) => {
  const package_ = `${entryPoint} guix package ${offline} -m ${fixtures}/manifest.scm`;
  const script = `(cd /tmp && ${package_}); ${pull(world).join(' ')}`;
  const { status, stderr } = await run(world, ['sh', '-c', script], { env });
  expect(status).toBe(1);
  expect(readFailed(stderr)).toEqual(['failing-1.0', 'guix-command']);
  expect(readFailedDerivations(stderr)).toEqual(readClientsWords(stderr));
  expect(Object.keys(readLogs(world, '/tmp'))).toEqual(['failing-1.0']);
  expect(Object.keys(readLogs(world))).toEqual(['guix-command']);
  expectNothingSurvives(world);
});

test('a download that fails is a build that fails', async ({ world }) => {
  const { status, stderr } = await run(world, ['guix', 'build', offline, '-S', 'hello'], { env });
  expect(status).toBe(1);
  expect(readFailed(stderr)).toEqual([expect.stringMatching(/^hello-[\d.]+\.tar\.gz$/)]);
  expect(readFailedDerivations(stderr)).toEqual(readClientsWords(stderr));
  const [log] = Object.values(readLogs(world));
  expect(log).toMatch(/^failed to download .*\n$/m);
  expectNothingSurvives(world);
});

test('a client that speaks another language', async ({ world }) => {
  // gettext goes by the name of the locale alone.
  await runIn(world, ['cp', '-r', '/usr/lib/locale/C.utf8', '/usr/lib/locale/de_DE.utf8']);
  const { stderr } = await run(world, buildExpressions('(shell-build "a-1" "exit 1")'), {
    env: { LC_ALL: 'de_DE.UTF-8' },
  });
  expect(stderr).toContain('Folgende Ableitung wird erstellt:\n');
  expect(readFailed(stderr)).toEqual(['a-1']);
});

test('a build that makes another output in its second round', async ({ world }) => {
  const random = '(shell-build "random-1" "echo round; head -c 100 /dev/urandom > $out")';
  const outcome = await run(world, [...buildExpressions(random), '--rounds=2']);
  expect(outcome.status).toBe(1);
  expect(readFailedDerivations(outcome.stderr)).toEqual(readClientsWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'random-1': 'round\n' });
  expectNothingSurvives(world);
});

test.for(['gzip', 'bzip2', 'none'])('--log-compression=%s', async (format, { world }) => {
  const words = [`--daemon-option=--log-compression=${format}`, ...guixBuild('broken.scm')];
  const outcome = await run(world, words);
  expect(readFailed(outcome.stderr)).toEqual(['broken-1.0']);
  const [log = ''] = list(world, '/job');
  expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toBe(
    'checking for libfoo... no\nconfigure: error: libfoo is missing\n',
  );
});
