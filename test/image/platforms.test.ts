import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, test as base } from 'vitest';
import { type Bind, openMachine } from '../../scripts/machine.ts';
import { provision386 } from '../../scripts/provision.ts';
import type { World } from '../../scripts/world.ts';
import { expect, expectNothingSurvives, guixBuild, list, runIn } from '../support/real.ts';

const repository = join(import.meta.dirname, '../..');
const program = 'guix-entry-point';

/** A machine of 32 bits, with the tree of its platform in /usr/local. */
const test = base.extend<{ world: World }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
  world: async ({}, use) => {
    const tree = join(repository, 'dist/platforms/linux/386');
    const binds: readonly Bind[] = [
      [join(tree, 'bin', program), `/usr/local/bin/${program}`],
      [join(tree, 'lib', program), `/usr/local/lib/${program}`],
      [join(repository, 'test/fixtures'), '/fixtures'],
    ];
    await using world = await openMachine(await provision386(), binds);
    await use(world);
  },
});

beforeAll(() => {
  execFileSync('node', ['scripts/build.ts', '--platform=linux/386'], { cwd: repository });
});

test('linux/386: a build that succeeds, isolated', async ({ world }) => {
  const outcome = await runIn(world, [program, ...guixBuild('hello.scm')]);
  expect(outcome).toMatchObject({ status: 0, signal: null });
  expect(outcome.stdout).toMatch(/^\/gnu\/store\/[0-9a-z]{32}-hello-2\.12\n$/);
  expect(outcome.stderr).not.toContain('not isolated');
  expectNothingSurvives(world);
});

test('linux/386: a build that fails shows its log', async ({ world }) => {
  const outcome = await runIn(world, [program, ...guixBuild('broken.scm')]);
  const text = 'checking for libfoo... no\nconfigure: error: libfoo is missing\n';
  expect(outcome).toMatchObject({ status: 1, stdout: '' });
  expect(outcome.stderr.endsWith(`is missing\n${text}`)).toBe(true);
  const [log, ...others] = list(world, '/job');
  expect(others).toEqual([]);
  expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toBe(text);
  expectNothingSurvives(world);
});

test('linux/386: the cache is staged, with its times', async ({ world }) => {
  const time = '2001-02-03 04:05:06.123456789 +0000';
  const script = `mkdir -p /root/.cache/x && touch -d '${time}' /root/.cache/x/f`;
  await runIn(world, ['sh', '-c', script]);
  const inside = `stat -c %y /tmp/c/x/f && touch -d '${time}' /tmp/c/x/g`;
  const env = { XDG_CACHE_HOME: '/tmp/c' };
  const outcome = await runIn(world, [program, 'sh', '-c', inside], { env });
  expect(outcome).toMatchObject({ status: 0, stdout: `${time}\n` });
  const { stdout } = await runIn(world, ['stat', '-c', '%y', '/root/.cache/x/g']);
  expect(stdout).toBe(`${time}\n`);
});

test("linux/386: the user's variables don't touch our Node, and reach the command", async ({
  world,
}) => {
  // Some unset, some empty, and a name and a value that are no UTF-8.
  const script = String.raw`given() { env -i PATH=/usr/bin HOME=/root \
  NODE_OPTIONS=--bad NODE_UNIQUE_ID=3 NODE_CHANNEL_FD= OPENSSL_CONF=/no NODE_DEBUG=module \
  NODE_COMPILE_CACHE=/job/cache CURL_CA_BUNDLE= GIT_SSL_CAINFO= SSL_CERT_DIR= SSL_CERT_FILE= \
  "$(printf 'A.\377=x \377\ny')" "$@"; }
given env -0 | sort -z >/job/wanted
given /usr/local/bin/guix-entry-point env -0 | sort -z >/job/found`;
  writeFileSync(world.at('/tmp/script'), script);
  const outcome = await runIn(world, ['sh', '/tmp/script']);
  expect(outcome).toMatchObject({ status: 0, stderr: '+ env -0\n' });
  const [found, wanted] = ['found', 'wanted'].map((name) =>
    readFileSync(world.at(`/job/${name}`), 'latin1'),
  );
  expect(wanted).toContain('NODE_OPTIONS=--bad\0');
  expect(found).toBe(wanted);
  expect(list(world, '/job')).toEqual(['found', 'wanted']);
});
