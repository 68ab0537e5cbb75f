import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from '../support/directory.ts';
import { openReleasePage, type ReleasePage } from '../support/release-page.ts';

// The page is a stand-in on loopback for GitHub's, and the engine's client one that gives fixed answers.
// What is released is the real program, built for amd64 and 386.

const repository = join(import.meta.dirname, '../..');
const amd64 = '--platform=linux/amd64';
const i386 = '--platform=linux/386';

type Options = {
  readonly page: ReleasePage;
  readonly directory: string;
  /** Days after the first release. */
  readonly day?: number;
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts a release in a directory of its day. */
function start(words: readonly string[], { page, directory, day = 0, env = {} }: Options) {
  const bin = join(directory, 'bin');
  const client = join(repository, 'test/fixtures/programs/docker-stub');
  mkdirSync(bin, { recursive: true });
  if (!existsSync(join(bin, 'docker'))) symlinkSync(client, join(bin, 'docker'));
  const place = `--directory=${join(directory, `day${day}`)}`;
  return spawn(process.execPath, ['scripts/release/run.ts', ...words, place], {
    cwd: repository,
    env: {
      PATH: `${bin}:${process.env['PATH']}`,
      HOME: process.env['HOME'],
      DOCKER_CALLS: join(directory, 'calls'),
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_SERVER_URL: page.url,
      GITHUB_API_URL: page.url,
      GITHUB_SHA: 'c'.repeat(40),
      GITHUB_TOKEN: 'secret',
      SOURCE_DATE_EPOCH: String(1_790_000_000 + day * 86_400),
      ...env,
    },
  });
}

async function release(words: readonly string[], options: Options) {
  const child = start(words, options);
  child.stdin.end();
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await ended;
  return { status, stdout, stderr };
}

function readFiles({ directory, day = 0 }: Options): Readonly<Record<string, string>> {
  const files = join(directory, `day${day}/files`);
  const names = readdirSync(files).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(files, name), 'latin1')]));
}

function hashFiles(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      createHash('sha256').update(content, 'latin1').digest('hex'),
    ]),
  );
}

/** Waits until the client says that it hangs, and returns its number. */
async function waitForPid(stderr: Readable): Promise<number> {
  let said = '';
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    const pid = /hanging \(pid: (\d+)\)\n/.exec(said)?.[1];
    if (pid !== undefined) return Number(pid);
  }
  throw new Error(`it does not hang:\n${said}`);
}

function readCalls({ directory }: Options): readonly string[] {
  return readFileSync(join(directory, 'calls'), 'utf8').trimEnd().split('\n');
}

test('the second release builds on the first, and one that fails keeps its last good one', async ({
  directory,
}) => {
  await using page = await openReleasePage();
  const first: Options = { page, directory };
  const made = await release([amd64, i386], first);
  expect(made, made.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^version=v20260921\nimage=ghcr\.io\/o\/r\ndigest=sha256:/),
  });
  expect(Object.keys(readFiles(first))).toEqual([
    'SHA256SUMS',
    'VERSION',
    'build.json',
    'channels.scm',
    ...['guix-binary-v20260921.i686-linux.tar.xz', 'guix-binary-v20260921.x86_64-linux.tar.xz'],
    ...['guix-cache-v20260921.i686-linux.tar.gz', 'guix-cache-v20260921.x86_64-linux.tar.gz'],
    'guix-entry-point-v20260921.i686-linux.tar.gz',
    'guix-entry-point-v20260921.x86_64-linux.tar.gz',
    'provenance.json',
    'sbom.spdx.json',
  ]);
  expect(readFiles(first)['sbom.spdx.json']).toContain('pkg:deb/debian/libc6@2.42-1?arch=amd64');
  const { subject } = JSON.parse(readFiles(first)['provenance.json'] ?? '');
  expect(subject).toHaveLength(11);
  expect(page.pages).toMatchObject([{ tag_name: 'v20260921', draft: false }]);
  expect(page.contents.size).toBe(12);

  const second: Options = { page, directory, day: 1, env: { FAIL: 'linux/386' } };
  const outcome = await release([amd64, i386], second);
  expect(outcome).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^version=v20260922\n/),
  });
  expect(outcome.stderr).toContain('linux/386 has not been built: it stays at v20260921\n');
  const built = JSON.parse(readFiles(second)['build.json'] ?? '');
  const before = JSON.parse(readFiles(first)['build.json'] ?? '');
  expect(built).toEqual({
    'i686-linux': before['i686-linux'],
    'x86_64-linux': expect.objectContaining({
      version: 'v20260922',
      url: `${page.url}/o/r/releases/download/v20260922/guix-binary-v20260922.x86_64-linux.tar.xz`,
    }),
  });
  const tarball = `GUIX_TARBALL_SHA256=${before['x86_64-linux'].sha256}`;
  expect(readCalls(second).some((call) => call.includes(tarball))).toBe(true);
  // The stand-in's cache is the last one's with more behind it.
  const cache = readFiles(second)['guix-cache-v20260922.x86_64-linux.tar.gz'];
  expect(cache).toMatch(/^(cache of [0-9a-f]{64}){2}$/);
  const merged = readCalls(second).findLast((call) => call.includes('imagetools create'));
  expect(merged).toContain(before['i686-linux'].image);
});

test('what was killed goes on where it stopped, and gives the same release', async ({
  directory,
}) => {
  await using page = await openReleasePage();
  const whole: Options = { page, directory: join(directory, 'whole') };
  expect(await release(['build', amd64], whole)).toMatchObject({ status: 0 });

  const options: Options = { page, directory: join(directory, 'killed') };
  const killed = start(['build', amd64], { ...options, env: { HANG: 'cache' } });
  const ended = once(killed, 'close');
  const hanging = await waitForPid(killed.stderr);
  killed.kill('SIGKILL');
  process.kill(hanging, 'SIGKILL');
  await ended;
  expect(readdirSync(join(options.directory, 'day0/files'))).toEqual([
    'guix-entry-point-v20260921.x86_64-linux.tar.gz',
  ]);
  const again = await release(['build', amd64], options);
  expect(again).toMatchObject({ status: 0 });
  expect(again.stderr).toContain('image of linux/amd64: is there\n');
  expect(hashFiles(readFiles(options))).toEqual(hashFiles(readFiles(whole)));
  expect(readCalls(options).filter((call) => call.startsWith('buildx build'))).toHaveLength(2);
  // A file that somebody has changed is made again.
  const binary = join(options.directory, 'day0/files/guix-binary-v20260921.x86_64-linux.tar.xz');
  writeFileSync(binary, 'half');
  expect(await release(['build', amd64], options)).toMatchObject({ status: 0 });
  expect(hashFiles(readFiles(options))).toEqual(hashFiles(readFiles(whole)));
});

test('a page that fails is asked again, and one that broke off gets the file anew', async ({
  directory,
}) => {
  await using page = await openReleasePage();
  const options: Options = { page, directory };
  page.faults.set('GET /o/r/releases/latest', [{ status: 502 }, { status: 502 }]);
  page.faults.set('assets?name=VERSION', ['hang up']);
  page.faults.set('assets?name=channels.scm', [{ status: 429, headers: { 'retry-after': '1' } }]);
  const outcome = await release([amd64], options);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  expect(outcome.stderr.match(/trying again/g)).toHaveLength(4);
  expect(outcome.stderr).toContain('answers with status 502; trying again, 3 more times at most\n');
  const files = Object.fromEntries(
    [...page.contents].map(([name, content]) => [name.slice(10), content.toString('latin1')]),
  );
  expect(hashFiles(files)).toEqual(hashFiles(readFiles(options)));
  // Again: nothing is made, and what is published is looked at only.
  expect(await release(['publish', amd64], options)).toMatchObject({ status: 0 });
  expect(await release(['plan'], options)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('v20260921 is published, and a release is never changed\n'),
  });
});

test('a cache that is another file than its build.json says is not used', async ({ directory }) => {
  await using page = await openReleasePage();
  expect(await release([amd64], { page, directory })).toMatchObject({ status: 0 });
  page.contents.set('v20260921/guix-cache-v20260921.x86_64-linux.tar.gz', Buffer.from('other'));
  const outcome = await release(['build', amd64], { page, directory, day: 1 });
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(
    /is not the file that build\.json names: its SHA-256 is [0-9a-f]{64}/,
  );
  expect(outcome.stderr).not.toContain('trying again');
});

test.for([
  [
    ['build', '--platform=linux/s390x'],
    {},
    "There is no platform 'linux/s390x'. These are: linux/amd64",
  ],
  [['biuld'], {}, "'biuld' is none of: plan, build, publish, all"],
  [['--plattform=x'], {}, "Unknown option '--plattform'"],
  [['publish'], { GITHUB_TOKEN: '' }, 'GITHUB_TOKEN is not set'],
  [['plan'], { GITHUB_TOKEN: 'wrong' }, 'GITHUB_TOKEN may not do that'],
  [['plan'], { GITHUB_REPOSITORY: 'r' }, "or GITHUB_REPOSITORY, is 'r'"],
  [['plan'], { SOURCE_DATE_EPOCH: 'now' }, "SOURCE_DATE_EPOCH is no time: 'now'"],
  [['publish'], {}, 'Nothing has been built to publish'],
] as const)('%j with %j is refused in a line', async ([words, env, told], { directory }) => {
  await using page = await openReleasePage();
  const outcome = await release(words, { page, directory, env });
  expect(outcome).toMatchObject({ status: 1, stdout: '' });
  expect(outcome.stderr).toContain(told);
  expect(outcome.stderr).not.toMatch(/^ {4}at /m);
});

test.for([
  ['{', 'is no JSON'],
  ['[]', 'it is no object'],
  ['{"s390x-linux":{}}', 's390x-linux: there is no such system'],
  ['{"x86_64-linux":{"url":"x"}}', "x86_64-linux: it has no 'url'"],
])('a last build.json that is %s is refused', async ([content, told], { directory }) => {
  await using page = await openReleasePage();
  page.pages.push({ id: 1, tag_name: 'v20260914', draft: false, upload_url: '', files: [] });
  page.contents.set('v20260914/build.json', Buffer.from(String(content)));
  const outcome = await release(['build', amd64], { page, directory });
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toContain(told);
  rmSync(join(directory, 'bin'), { recursive: true });
  expect(outcome.stderr).not.toMatch(/^ {4}at /m);
});
