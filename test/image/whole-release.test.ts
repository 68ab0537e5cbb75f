// npm run release -- all, with the real engine, image, Guix and daemon. Stand-ins are a registry and a page
// on loopback for GitHub's, and a 'guix' that answers what Guix's servers are needed for.
import { hello, helloPath, runLine } from '../support/containers.ts';
import { expect, image, release, test } from '../support/whole-release.ts';

const words = ['all', '--platform=linux/amd64'];

test('a release is made of a real image, and is not made again', async ({ site }) => {
  const { engine, page } = site;
  const outcome = await release(site, words);
  expect(outcome, outcome.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`version=v20260921\nimage=${image}\ndigest=sha256:`),
  });

  expect(page.pages).toMatchObject([{ tag_name: 'v20260921', draft: false }]);
  const names = page.pages[0]?.files.map(({ name }) => name).toSorted();
  const ofPlatform = ['binary', 'cache', 'entry-point'].map((what) =>
    expect.stringMatching(`^guix-${what}-v20260921\\.x86_64-linux\\.tar\\.[gx]z$`),
  );
  expect(names).toEqual([
    ...['SHA256SUMS', 'VERSION', 'build.json', 'channels.scm', ...ofPlatform],
    ...['provenance.json', 'sbom.spdx.json'],
  ]);
  const files = await runLine(
    engine,
    `cd /srv/release/files && sha256sum --check --quiet SHA256SUMS &&
    tar --list --file guix-binary-* && tar --list --file guix-cache-* &&
    grep --only-matching 'pkg:deb/debian/guix@[^-]*' sbom.spdx.json`,
  );
  expect(files.stdout).toMatch(
    /^gnu\/store\/[0-9a-z]{32}-hello-2\.12\nguix\/\nguix\/checkouts\/\nguix\/checkouts\/fetched\npkg:deb\/debian\/guix@1\.5\.0\n$/,
  );

  const run = `docker run --rm --privileged ${image}:v20260921`;
  const built = await runLine(engine, `${run} ${hello}`);
  expect(built).toMatchObject({ status: 0, stdout: expect.stringMatching(helloPath) });
  const generations = 'ls /var/guix/profiles/per-user/root';
  expect((await runLine(engine, `${run} ${generations}`)).stdout).toBe(
    'current-guix\ncurrent-guix-2-link\n',
  );

  const again = await release(site, words);
  expect(again, again.stderr).toMatchObject({ status: 0, stdout: outcome.stdout });
  const steps = [...again.stderr.matchAll(/^» (.*)$/gm)].map(([, step]) => step);
  // An entry tells of one try that everything is there.
  expect(steps.filter((step) => step?.endsWith(': is there') !== true)).toEqual([
    'entry of linux/amd64',
  ]);
});
