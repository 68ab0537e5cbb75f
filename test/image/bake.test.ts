// docker-bake.hcl: what its targets are, and that the commands of docs/image.md build images with it.
import type { Engine } from '../../scripts/engine.ts';
import { openMirror } from '../../scripts/mirror.ts';
import { runLine } from '../support/containers.ts';
import { readBlocks } from '../support/docs.ts';
import { expect, test } from '../support/image-builder.ts';
import { page } from '../support/image-page.ts';

async function print(engine: Engine, words: string): Promise<Record<string, object>> {
  const line = `cd /context && ${words}`;
  const { status, stdout, stderr } = await runLine(engine, line);
  expect(status, stderr).toBe(0);
  const { target }: { target: Record<string, object> } = JSON.parse(stdout);
  return target;
}

const args = { BASE: 'debian:sid-slim', GUIX_SOURCE: 'debian', REVISION: '', VERSION: '' };
const image = { context: '.', dockerfile: 'Dockerfile', args, target: 'image' };
const rootless = { ...image, target: 'rootless', tags: ['guix-entry-point:rootless'] };
const names = ['amd64', '386', 'arm-v7', 'arm64', 'ppc64le', 'riscv64'];
const platforms = names.map((name) => `linux/${name.replace('-', '/')}`);
const latest = { ...image, tags: ['guix-entry-point:latest'] };

test('bake has a target for each platform, for all, and for the variants', async ({ engine }) => {
  const each = names.map((name, index) => [
    `image-${name}`,
    { ...image, tags: [`guix-entry-point:${name}`], platforms: [platforms[index]] },
  ]);
  const words = 'docker buildx bake --print default each all rootless rootless-all pulled';
  const { pulled, ...others } = await print(engine, words);
  expect(others).toEqual({
    ...Object.fromEntries(each),
    image: latest,
    all: { ...latest, platforms },
    rootless,
    'rootless-all': { ...rootless, platforms },
  });
  // A buildx before 0.17 leaves them out.
  const entitlements = ['security.insecure'];
  expect({ entitlements, ...pulled }).toEqual({
    context: '.',
    contexts: { 'guix-entry-point': 'target:image' },
    dockerfile: 'image/pulled.Dockerfile',
    entitlements,
    tags: ['guix-entry-point:pulled'],
  });
});

test('bake takes its values from variables', async ({ engine }) => {
  const given = {
    ...{ BASE: 'b', GUIX_SOURCE: 'tarball', METACALL_GUIX_ARCH: 'x86_64-linux' },
    ...{ REVISION: 'r', SOURCE_DATE_EPOCH: '1', VERSION: 'v' },
  };
  const variables = Object.entries({ ...given, IMAGE: 'i', EXECUTABLE: 'dist/platforms' });
  const assignments = variables.map(([name, value]) => `${name}=${value}`).join(' ');
  expect(await print(engine, `${assignments} docker buildx bake --print`)).toEqual({
    image: {
      ...{ ...image, args: given, tags: ['i:latest'] },
      contexts: { executable: 'dist/platforms' },
    },
  });
});

const [commands = ''] = readBlocks(page, 'sh');
const built = commands.split('\n').flatMap((line) => {
  const [, command, name] = /^(docker buildx .*?) +# .*: (guix-entry-point:\w+)$/.exec(line) ?? [];
  return command === undefined ? [] : [[command, name] as const];
});

test('the page has commands that name what they build', () => {
  expect(built.map(([, name]) => name)).toEqual([
    'guix-entry-point:latest',
    'guix-entry-point:rootless',
  ]);
});

test.for(built)('%s builds %s', async ([command, name], { engine }) => {
  await using mirror = await openMirror(engine);
  // What the engine of the tests needs besides: a program that is there, and a network, for which Debian's
  // bake has a word in files of Compose only.
  const besides = {
    context: '.',
    network: 'host',
    args: { http_proxy: mirror.url },
    additional_contexts: { executable: '/executables' },
  };
  const services = { image: { build: besides }, rootless: { build: besides } };
  const files = '--file=docker-bake.hcl --file=/besides.yml';
  const line = `cat >/besides.yml && cd /context && ${command} ${files}`;
  const outcome = await runLine(engine, line, JSON.stringify({ services }));
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  const run = `docker run --rm --privileged ${name} guix --version`;
  expect((await runLine(engine, run)).stdout).toMatch(/^guix \(GNU Guix\) 1\.5\.0\n/);
});
