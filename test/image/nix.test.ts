// The image of Nix, by what docs/nix.md says of it, and what it leaves.
import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { fixtureMounts, testShell } from '../../scripts/build-engine.ts';
import { succeed } from '../../scripts/engine.ts';
import { openMirror } from '../../scripts/mirror.ts';
import { expect, expectEnded, runLine, test } from '../support/containers.ts';
import {
  makeScript,
  parseBlock,
  readBlocks,
  splitOutputs,
  withoutHashes,
} from '../support/docs.ts';
import { openPrompt } from '../support/terminal.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/nix.md'), 'utf8');
const blocks = readBlocks(page, 'console');

const image = 'guix-entry-point:nix';
const hello = 'nix-build --no-out-link hello.nix';
const helloPath = /^\/nix\/store\/[0-9a-z]{32}-hello-2\.12\n$/;

test.beforeAll(async ({ engine }) => {
  await succeed(engine, ['cp', '--recursive', '/fixtures/nix/.', '.']);
});

test('the page has what can be run', () => {
  expect(blocks).toHaveLength(1);
});

test.for(blocks.map((block) => [block.split('\n', 1)[0], block] as const))(
  'docs/nix.md says what %s prints',
  async ([, block], { engine }) => {
    const steps = parseBlock(block);
    const { stdout } = await runLine(engine, makeScript(steps));
    const outputs = splitOutputs(stdout).map(sortLines);
    expect(outputs).toEqual(steps.map(({ output }) => sortLines(output)));
  },
);

/** `docker run` hands on stdout and stderr apart, and nobody keeps their order. */
function sortLines(text: string): readonly string[] {
  return withoutHashes(text).split('\n').toSorted();
}

test.for([
  ['--privileged', 'isolated'],
  ['--cap-add=SYS_ADMIN --cap-add=NET_ADMIN --security-opt=seccomp=image/seccomp.json', 'isolated'],
  ['--security-opt=seccomp=unconfined', 'not isolated'],
  ['', 'not isolated'],
] as const)('with the options «%s» builds are %s', async ([options, wanted], { engine }) => {
  const words = `docker run --rm ${options} --volume=$PWD:/job --workdir=/job ${image}`;
  const built = await runLine(
    engine,
    `${words} --substitutes=off nix-build --no-out-link where.nix`,
  );
  expect(built, built.stderr).toMatchObject({ status: 0 });
  const isTold = built.stderr.includes('+ Builds are not isolated: ');
  expect(isTold).toBe(wanted === 'not isolated');
  expect(built.stderr.includes('the builder is process 1\n')).toBe(wanted === 'isolated');
});

test('a container that is committed holds no trace of a daemon', async ({ engine }) => {
  const words = 'docker run --name=nix-work --privileged --volume=$PWD:/job --workdir=/job';
  const built = await runLine(engine, `${words} ${image} --substitutes=off ${hello}`);
  expect(built, built.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(helloPath),
  });
  await expectEnded(engine, 'nix-work', 0);
  await succeed(engine, ['docker', 'commit', 'nix-work', 'nix-committed']);
  await succeed(engine, ['docker', 'rm', 'nix-work']);
  const again = 'docker run --rm --privileged --volume=$PWD:/job --workdir=/job nix-committed';
  const { status, stderr } = await runLine(engine, `${again} --substitutes=off ${hello}`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: `+ ${hello}\n` });
});

test('a prompt is for Nix', async ({ engine }) => {
  const words = `docker run --rm -it --privileged --volume=$PWD:/job --workdir=/job ${image}`;
  const prompt = await openPrompt(engine, `${words} --substitutes=off`);
  await prompt.shows('(nix) ');
  await prompt.enter(hello);
  await prompt.shows('-hello-2.12\n');
  await prompt.enter('nix-build --no-out-link broken.nix');
  await prompt.shows('+ Failed build: broken-1.0');
  await prompt.enter('exit 3');
  expect(await prompt.ended).toBe(3);
});

test('docs/nix.md has the lines for an image of one’s own', async ({ engine }) => {
  const lines = readBlocks(page, 'dockerfile').join('');
  await succeed(
    engine,
    [
      'sh',
      '-ec',
      'mkdir --parents own/dist; cp /context/dist/guix-entry-point own/dist; cat >own/Dockerfile',
    ],
    lines,
  );
  await using mirror = await openMirror(engine);
  const network = ['--network=host', `--build-arg=http_proxy=${mirror.url}`];
  await succeed(engine, ['docker', 'build', ...network, '--tag=own-nix', 'own']);
  const bin = `${testShell}/bin`;
  const shell = `mkdir --parents ${bin}; cp /usr/bin/busybox ${bin}/sh`;
  await succeed(engine, ['sh', '-ec', shell]);
  const mounts = fixtureMounts.join(' ');
  const words = `docker run --rm --privileged ${mounts} --workdir=/fixtures/nix own-nix`;
  const built = await runLine(engine, `${words} --substitutes=off ${hello}`);
  expect(built, built.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(helloPath),
  });
});
