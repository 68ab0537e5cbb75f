// The program built from source, as the Dockerfile does where there is no dist/platforms.
import { fixtureMounts } from '../../scripts/build-engine.ts';
import { hello, helloPath, runLine } from '../support/containers.ts';
import { buildFromSource, expect, test } from '../support/from-source.ts';

test('an image of it builds', async ({ engine }) => {
  await buildFromSource(engine, ['--target=image', '--tag=guix-entry-point']);
  const run = `docker run --rm --privileged ${fixtureMounts.join(' ')} guix-entry-point`;
  const built = await runLine(engine, `${run} ${hello}`);
  expect(built, built.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(helloPath),
  });
  const { stdout } = await runLine(engine, 'docker history --no-trunc guix-entry-point');
  expect(stdout).not.toContain('npmrc');
});

const scripts = ['bin/guix-entry-point', 'lib/guix-entry-point/main.cjs'];

test.for([
  ['linux/amd64', ['bin/guix-entry-point']],
  ['linux/386', scripts],
  ['linux/arm/v7', scripts],
  ['linux/arm64', ['bin/guix-entry-point']],
  ['linux/ppc64le', scripts],
  ['linux/riscv64', scripts],
] as const)('the program for %s', async ([platform, programs], { engine }) => {
  await buildFromSource(engine, [
    '--target=executable',
    `--platform=${platform}`,
    '--tag=executable',
  ]);
  const find = `find /${platform} -type f -perm -1 -printf '%P\\n'`;
  // What the stage itself runs is this machine's.
  const run = `docker run --rm --platform=${platform} executable`;
  const { stdout } = await runLine(engine, `${run} ${find} | sort`);
  expect(stdout.trimEnd().split('\n')).toEqual(programs);
});
