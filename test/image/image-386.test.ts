// The image for linux/386, built from the Dockerfile, whose programs this machine runs as they are.
import { test as base } from 'vitest';
import { path } from 'zx';
import { buildTrees } from '../../scripts/build.ts';
import { type Engine, succeed } from '../../scripts/bare-engine.ts';
import { buildImage, fixtureMounts, openBuildEngine } from '../../scripts/image-engine.ts';
import { provisionBase386 } from '../../scripts/provision.ts';
import {
  expect,
  expectEnded,
  guixBuild,
  hello,
  helloPath,
  runLine,
} from '../support/containers.ts';
import { startIn } from '../support/real.ts';

const platform = 'linux/386';

/** The base is one more tag: `debian:sid-slim` is this machine's own architecture there. */
const baseName = 'debian:sid-slim-i386';

const test = base.extend<{ engine: Engine }>({
  engine: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      const [tree = ''] = await buildTrees([platform]);
      await using engine = await openBuildEngine([
        [await provisionBase386(), '/base-386'],
        [path.join(tree, '../..'), '/trees'],
      ]);
      await use(engine);
    },
    { scope: 'file' },
  ],
});

test.beforeAll(async ({ engine }) => {
  await importBase(engine);
  await buildImage(engine, [
    ...[`--platform=${platform}`, `--build-arg=BASE=${baseName}`],
    ...['--build-context=executable=/trees', '--tag=guix-386'],
  ]);
});

async function importBase(engine: Engine): Promise<void> {
  const options = `--platform=${platform} --change='CMD ["bash"]'`;
  const line = `tar --create --directory=/base-386 . | docker import ${options} - ${baseName}`;
  await succeed(engine, ['sh', '-ec', line]);
}

const run = `docker run --privileged ${fixtureMounts.join(' ')}`;

test('the image is of 32 bits, and knows its Guix', async ({ engine }) => {
  const format = '{{.Os}}/{{.Architecture}} {{.Config.Entrypoint}}';
  const inspected = await engine.docker(['inspect', `--format=${format}`, 'guix-386']);
  expect(inspected.stdout).toBe(`${platform} [/entry-point.sh]\n`);
  const system = 'guix repl -q /dev/stdin';
  const outcome = await runLine(
    engine,
    `docker run --rm -i guix-386 ${system}`,
    '(use-modules (guix utils)) (display (%current-system))',
  );
  expect(outcome).toMatchObject({ status: 0, stdout: 'i686-linux' });
});

test('a build that succeeds, isolated', async ({ engine }) => {
  const outcome = await runLine(engine, `${run} --name=succeeds guix-386 ${hello}`);
  expect(outcome, outcome.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(helloPath),
  });
  expect(outcome.stderr).not.toContain('not isolated');
  await expectEnded(engine, 'succeeds', 0);
});

test('a build that fails shows its log', async ({ engine }) => {
  const outcome = await runLine(engine, `${run} --name=fails guix-386 ${guixBuild('broken.scm')}`);
  expect(outcome, outcome.stderr).toMatchObject({ status: 1, stdout: '' });
  expect(outcome.stderr).toMatch(/^\+ Its log: \S+ \(2 lines\)$/m);
  expect(outcome.stderr).toMatch(/error: libfoo is missing\n$/);
  await expectEnded(engine, 'fails', 1);
});

test("Docker's filter, and ours: its rules hold for calls of 32 bits as well", async ({
  engine,
}) => {
  const build = `guix-386 ${guixBuild('where.scm')}`;
  const container = `docker run --rm ${fixtureMounts.join(' ')}`;
  const denied = await runLine(engine, `${container} ${build}`);
  expect(denied).toMatchObject({ status: 1, stderr: expect.stringContaining('(seccomp)') });
  const filter = '--security-opt=seccomp=/context/image/seccomp.json';
  const plain = await runLine(engine, `${container} ${filter} ${build}`);
  expect(plain, plain.stderr).toMatchObject({ status: 0 });
  expect(plain.stderr).toContain('Builds are not isolated');
  const allowed = '--cap-add=SYS_ADMIN --cap-add=NET_ADMIN';
  const isolated = await runLine(engine, `${container} ${filter} ${allowed} ${build}`);
  expect(isolated, isolated.stderr).toMatchObject({ status: 0 });
  expect(isolated.stderr).toContain('the builder is process 1\n');
});

test('a script on standard input', async ({ engine }) => {
  const script = `echo one\n${hello}\nexit 3\n`;
  const outcome = await runLine(engine, `${run} -i --name=script guix-386`, script);
  expect([outcome.status, outcome.stdout], outcome.stderr).toEqual([
    3,
    expect.stringMatching(/^one\n\/gnu\/store\/[0-9a-z]{32}-hello-2\.12\n$/),
  ]);
  await expectEnded(engine, 'script', 3);
});

test('as process 1, it reaps the orphans of the command', async ({ engine }) => {
  const orphans = 'for n in $(seq 20); do (/bin/true &); done; echo ready >&2; read -r line';
  const words = ['docker', 'run', '-i', '--name=orphans', 'guix-386', 'sh', '-c', orphans];
  const running = startIn(engine, words);
  await running.says('\nready\n');
  const read = 'cat /proc/[0-9]*/stat 2>/dev/null | grep -c "(true)"; true';
  const count = (): Promise<string> =>
    engine.docker(['exec', 'orphans', 'sh', '-c', read]).then(({ stdout }) => stdout);
  await expect.poll(count).toBe('0\n');
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  await expectEnded(engine, 'orphans', 0);
});
