// An image of a user's own: a Debian with Guix, and the lines that README.md and docs/machine.md have
// for its Dockerfile.
import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { type Engine, succeed } from '../../scripts/engine.ts';
import {
  expect,
  guixBuild,
  hello,
  helloPath,
  machineDocs,
  runLine,
  test,
} from '../support/containers.ts';
import { readBlocks } from '../support/docs.ts';

const readme = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');

/** Builds the lines of a page on top of an image. */
async function addLines(engine: Engine, [base, name]: readonly [string, string], page: string) {
  const lines = readBlocks(page, 'dockerfile')[0] ?? '';
  const words = ['docker', 'build', '--network=none', `--tag=${name}`, '--file=-', 'own'];
  await succeed(engine, words, `FROM ${base}\n${lines}`);
}

test.beforeAll(async ({ engine }) => {
  await succeed(engine, [
    'sh',
    '-ec',
    'mkdir --parents own/dist; cp /context/dist/guix-entry-point own/dist',
  ]);
  await addLines(engine, ['guix', 'own'], readme);
  await addLines(engine, ['own', 'own-rootless'], machineDocs);
});

test.for([
  ['README.md', 'own'],
  ['docs/machine.md', '--user=guix own-rootless'],
  ['docs/machine.md, from root', 'own-rootless'],
])('%s', async ([, container], { engine }) => {
  const run = `docker run --rm --privileged ${container}`;
  const built = await runLine(engine, `${run} ${hello}`);
  expect(built, built.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(helloPath),
  });
  expect(built.stderr).not.toMatch(/^\+ (Builds|Hint)/m);
  const failed = await runLine(engine, `${run} ${guixBuild('broken.scm')}`);
  expect(failed).toMatchObject({ status: 1, stdout: '' });
  expect(failed.stderr).toMatch(/\nconfigure: error: libfoo is missing\n$/);
});
