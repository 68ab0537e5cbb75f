import type { World } from '../../scripts/world.ts';
import { readFailed, readFailedDerivations, readGuixWords, readLogs } from '../support/failures.ts';
import { makeRepository } from '../support/repository.ts';
import { entryPoint, expect, expectNothingSurvives, run, test } from '../support/real.ts';

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
  expect(readFailedDerivations(outcome.stderr)).toEqual(readGuixWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'failing-1.0': 'checking for libfoo... no\n' });
  expectNothingSurvives(world);
});

test('guix pull', async ({ world }) => {
  const { status, stderr } = await run(world, pull(world), { env });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Building from this channel:\n {2}guix +file:\/\/\/srv\/channel\t/m);
  expect(readFailed(stderr)).toEqual(['guix-command']);
  expect(readFailedDerivations(stderr)).toEqual(readGuixWords(stderr));
  expect(readLogs(world)).toEqual({ 'guix-command': 'compiling...\n' });
  expectNothingSurvives(world);
});

test('guix pull, and a guix package in a run inside it', async ({ world }) => {
  const package_ = `${entryPoint} guix package ${offline} -m ${fixtures}/manifest.scm`;
  const script = `(cd /tmp && ${package_}); ${pull(world).join(' ')}`;
  const { status, stderr } = await run(world, ['sh', '-c', script], { env });
  expect(status).toBe(1);
  expect(readFailed(stderr)).toEqual(['failing-1.0', 'guix-command']);
  expect(readFailedDerivations(stderr)).toEqual(readGuixWords(stderr));
  expect(Object.keys(readLogs(world, '/tmp'))).toEqual(['failing-1.0']);
  expect(Object.keys(readLogs(world))).toEqual(['guix-command']);
  expectNothingSurvives(world);
});

test('a download that fails is a build that fails', async ({ world }) => {
  const { status, stderr } = await run(world, ['guix', 'build', offline, '-S', 'hello'], { env });
  expect(status).toBe(1);
  expect(readFailed(stderr)).toEqual([expect.stringMatching(/^hello-[\d.]+\.tar\.gz$/)]);
  expect(readFailedDerivations(stderr)).toEqual(readGuixWords(stderr));
  const [log] = Object.values(readLogs(world));
  expect(log).toMatch(/^failed to download .*\n$/m);
  expectNothingSurvives(world);
});
