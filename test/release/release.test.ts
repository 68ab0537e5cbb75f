import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../support/directory.ts';
import {
  type Options,
  readCalls,
  readFiles,
  release,
  startRelease,
  waitForPid,
} from '../support/release.ts';
import { openReleasePage } from '../support/release-page.ts';

// The page is a stand-in on loopback for GitHub's, Guix's repository one of ours, and the engine's client
// one that gives fixed answers. What is released is the real program, built for amd64 and 386.

const amd64 = '--platform=linux/amd64';
const i386 = '--platform=linux/386';

function hashFiles(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      createHash('sha256').update(content, 'latin1').digest('hex'),
    ]),
  );
}

/** What the client was asked for with this in it, of which there is one. */
function findCall(options: Options, ...parts: readonly string[]): string {
  const found = readCalls(options).filter((call) => parts.every((part) => call.includes(part)));
  expect(found, parts.join(' ')).toHaveLength(1);
  return found[0] ?? '';
}

test('the second release builds on the first, and one that fails keeps its last good one', async ({
  directory,
}) => {
  await using page = await openReleasePage();
  const first: Options = { page, directory };
  const made = await release([amd64, i386], first);
  expect(made, made.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(
      /^version=v20260921\nimage=ghcr\.io\/o\/r\ndigest=sha256:.{64}\nrootless=sha256:.{64}\n$/,
    ),
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
  expect(subject).toHaveLength(12);
  expect(page.pages).toMatchObject([{ tag_name: 'v20260921', draft: false }]);
  expect(Object.keys(readFiles(first)).map((name) => `v20260921/${name}`)).toEqual(
    [...page.contents.keys()].toSorted(),
  );

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
  const { url, sha256 } = before['x86_64-linux'];
  findCall(second, `GUIX_TARBALL=${url} `, `GUIX_TARBALL_SHA256=${sha256} `, '--target=image ');
  const last = join(directory, 'day1/last/x86_64-linux');
  findCall(second, `--build-context=last=${last} `);
  expect(readdirSync(last)).toEqual(['cache.tar.gz']);
  expect(readFileSync(join(last, 'cache.tar.gz'), 'latin1')).toBe(
    readFiles(first)['guix-cache-v20260921.x86_64-linux.tar.gz'],
  );
  for (const name of ['image', 'rootless']) {
    const merged = findCall(
      second,
      'imagetools create',
      `:v20260922${name === 'image' ? ' ' : '-rootless '}`,
    );
    expect(merged).toContain(before['i686-linux'][name]);
    expect(merged).toContain(built['x86_64-linux'][name]);
  }

  // What the failed one has made before it failed is not published, and nothing tells of it.
  const halfMade = 'guix-binary-v20260922.i686-linux.tar.xz';
  expect(readFiles(second)).toHaveProperty([halfMade]);
  const published = [...page.contents.keys()].filter((name) => name.startsWith('v20260922/'));
  expect(published.filter((name) => name.includes('i686'))).toEqual([]);
  expect(published).toHaveLength(9);
  for (const name of ['SHA256SUMS', 'provenance.json', 'sbom.spdx.json', 'build.json']) {
    expect(readFiles(second)[name]).not.toContain(halfMade);
  }
  const { packages } = JSON.parse(readFiles(second)['sbom.spdx.json'] ?? '');
  expect(packages).toContainEqual(
    expect.objectContaining({
      SPDXID: 'SPDXRef-rootless-i686-linux',
      versionInfo: before['i686-linux'].rootless,
      comment: `What is in it is told by ${page.url}/o/r/releases/download/v20260921/sbom.spdx.json`,
    }),
  );
});

test('what is published stays as it is, whatever is built later', async ({ directory }) => {
  await using page = await openReleasePage();
  const options: Options = { page, directory };
  const fails = { ...options, env: { FAIL: 'linux/386' } };
  expect(await release([amd64, i386], fails)).toMatchObject({ status: 1 });
  const published = new Map(page.contents);
  expect(await release(['build', amd64, i386], options)).toMatchObject({ status: 0 });
  const calls = readCalls(options).length;
  expect(await release(['publish', amd64, i386], options)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('v20260921 is published with another build.json'),
  });
  expect(await release([amd64, i386], options)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^» v20260921 is published, and a release is never changed\n$/),
  });
  expect(readCalls(options).slice(calls)).toEqual([]);
  expect(page.contents).toEqual(published);
});

test("images are told what they are of, and are made of the release's own Guix", async ({
  directory,
}) => {
  await using page = await openReleasePage();
  const options: Options = { page, directory };
  expect(await release(['build', i386], options)).toMatchObject({ status: 0 });
  const tarball = 'guix-binary-v20260921.i686-linux.tar.xz';
  const sha256 = createHash('sha256').update(readFiles(options)[tarball] ?? '', 'latin1');
  const words = findCall(options, '--target=rootless').split(' ');
  const paths = /^--(build-context|metadata-file)=|^\//;
  expect(words.filter((word) => !paths.test(word))).toEqual([
    ...['buildx', 'build', '--platform=linux/386'],
    '--output=type=image,name=ghcr.io/o/r,push-by-digest=true,name-canonical=true,push=true,rewrite-timestamp=true',
    '--provenance=false',
    '--build-arg=SOURCE_DATE_EPOCH=1790000000',
    '--build-arg=VERSION=v20260921',
    `--build-arg=REVISION=${'c'.repeat(40)}`,
    `--label=org.opencontainers.image.source=${page.url}/o/r`,
    '--label=org.opencontainers.image.created=2026-09-21T14:13:20Z',
    '--target=rootless',
    '--build-arg=GUIX_SOURCE=tarball',
    `--build-arg=GUIX_TARBALL=file:///tarball/${tarball}`,
    `--build-arg=GUIX_TARBALL_SHA256=${sha256.digest('hex')}`,
    '--build-arg=GUIX_TARBALL_SIGNER=',
  ]);
});

test('a release that is not shown leaves latest where it is', async ({ directory }) => {
  await using page = await openReleasePage();
  page.faults.set('PATCH', [{ status: 403 }]);
  const options: Options = { page, directory };
  expect(await release([i386], options)).toMatchObject({ status: 1, stdout: '' });
  expect(readCalls(options).filter((call) => call.includes(':latest'))).toEqual([]);
  expect(await release(['publish', i386], options)).toMatchObject({ status: 0 });
  const { image, rootless } = JSON.parse(readFiles(options)['build.json'] ?? '')['i686-linux'];
  expect(image).not.toBe(rootless);
  findCall(options, '--tag=ghcr.io/o/r:latest ghcr.io/o/r@sha256:');
  findCall(options, '--tag=ghcr.io/o/r:rootless ghcr.io/o/r@sha256:');
});

test('what was killed goes on where it stopped, and gives the same release', async ({
  directory,
}) => {
  await using page = await openReleasePage();
  const whole: Options = { page, directory: join(directory, 'whole') };
  expect(await release(['build', i386], whole)).toMatchObject({ status: 0 });

  const options: Options = { page, directory: join(directory, 'killed') };
  const killed = startRelease(['build', i386], { ...options, env: { HANG: 'cache' } });
  const ended = once(killed, 'close');
  const hanging = await waitForPid(killed.stderr);
  killed.kill('SIGKILL');
  process.kill(hanging, 'SIGKILL');
  await ended;
  expect(readdirSync(join(options.directory, 'day0/files'))).toEqual([
    'guix-entry-point-v20260921.i686-linux.tar.gz',
  ]);
  const again = await release(['build', i386], options);
  expect(again).toMatchObject({ status: 0 });
  expect(again.stderr).toContain('pulled image of linux/386: is there\n');
  expect(hashFiles(readFiles(options))).toEqual(hashFiles(readFiles(whole)));
  expect(readCalls(options).filter((call) => call.startsWith('buildx build'))).toHaveLength(4);
  // A file that somebody has changed is made again.
  const binary = join(options.directory, 'day0/files/guix-binary-v20260921.i686-linux.tar.xz');
  writeFileSync(binary, 'half');
  expect(await release(['build', i386], options)).toMatchObject({ status: 0 });
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
  const outcome = await release([i386], options);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  expect(outcome.stderr.match(/trying again/g)).toHaveLength(4);
  expect(outcome.stderr).toContain('answers with status 502; trying again, 3 more times at most\n');
  const files = Object.fromEntries(
    [...page.contents].map(([name, content]) => [name.slice(10), content.toString('latin1')]),
  );
  expect(hashFiles(files)).toEqual(hashFiles(readFiles(options)));
  // Again: nothing is made, and what is published is looked at only.
  expect(await release(['publish', i386], options)).toMatchObject({ status: 0 });
  expect(await release(['plan'], options)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('v20260921 is published, and a release is never changed\n'),
  });
});

test('a cache that is another file than its build.json says is not used', async ({ directory }) => {
  await using page = await openReleasePage();
  expect(await release([i386], { page, directory })).toMatchObject({ status: 0 });
  page.contents.set('v20260921/guix-cache-v20260921.i686-linux.tar.gz', Buffer.from('other'));
  const outcome = await release(['build', i386], { page, directory, day: 1 });
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(
    /is not the file that build\.json names: its SHA-256 is [0-9a-f]{64}/,
  );
  expect(outcome.stderr).not.toContain('trying again');
});
