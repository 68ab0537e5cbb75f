// npm run release -- all, twice, with the real engine, images, daemons and stores. Stand-ins are a registry
// and a page on loopback for GitHub's, and a 'guix' that answers what Guix's servers are needed for.
import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { type Engine, succeed } from '../../scripts/engine.ts';
import { readArchive, readLayer } from '../../scripts/image-archive.ts';
import { expectNoTraces, hello, helloPath, runLine } from '../support/containers.ts';
import { expect, image, release, test } from '../support/whole-release.ts';

const options = ['--platform=linux/amd64', '--pinned'];
const repository = path.join(import.meta.dirname, '../..');
const channels = readFileSync(path.join(repository, 'channels/channels.scm'), 'utf8');

// Two releases have six images: on a busy machine they take their time.
const limit = { timeout: 1_200_000 };

test(
  'a release is made of the last one, has only its own Guix, and is not made again',
  limit,
  async ({ site }) => {
    const { engine, page } = site;
    const first = await release(site, ['all', ...options], 0);
    expect(first, first.stderr).toMatchObject({ status: 0 });
    const outcome = await release(site, ['all', ...options], 1);
    expect(outcome, outcome.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`version=v20260922\nimage=${image}\ndigest=sha256:`),
    });

    expect(page.pages).toMatchObject([{ tag_name: 'v20260921' }, { draft: false }]);
    const names = page.pages[1]?.files.map(({ name }) => name).toSorted();
    const ofPlatform = ['binary', 'cache', 'entry-point'].map((what) =>
      expect.stringMatching(`^guix-${what}-v20260922\\.x86_64-linux\\.tar\\.[gx]z$`),
    );
    expect(names).toEqual([
      ...['SHA256SUMS', 'VERSION', 'build.json', 'channels.scm', ...ofPlatform],
      ...['provenance.json', 'sbom.spdx.json'],
    ]);
    const files = await runLine(
      engine,
      `cd /srv/day1/files && sha256sum --check --quiet SHA256SUMS &&
    tar --list --file guix-cache-* && tar --extract --to-stdout --file guix-cache-* guix/fetched &&
    grep --only-matching 'pkg:deb/debian/guix@[^-]*' sbom.spdx.json && cat channels.scm`,
    );
    // The first one's cache was there before the second one's pull, and has come along.
    expect(files.stdout, files.stderr).toBe(
      `guix/\nguix/fetched\nfetched\nfetched\npkg:deb/debian/guix@1.5.0\n${channels}`,
    );

    for (const [tag, owner] of [
      ['latest', 'root'],
      ['rootless', 'guix'],
    ] as const) {
      const run = `docker run --rm --privileged ${image}:${tag}`;
      const built = await runLine(engine, `${run} ${hello}`);
      expect(built, built.stderr).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(helloPath),
      });
      const look = 'stat --format="%U %n" /gnu/store/*-guix-*; cat ~/.config/guix/channels.scm';
      const { stdout } = await runLine(engine, `${run} sh -c '${look}'`);
      expect(stdout.replace(/\/gnu\/store\/\w{32}-/, '')).toBe(`${owner} guix-2\n${channels}`);
      await expectNoTraces(engine, `${image}:${tag}`);
      await expectOneGuix(engine, tag);
    }

    const again = await release(site, ['build', ...options], 1);
    expect(again, again.stderr).toMatchObject({ status: 0 });
    const steps = [...again.stderr.matchAll(/^» (.*)$/gm)].map(([, step]) => step);
    // An entry tells of one try that everything is there.
    expect(steps.filter((step) => step?.endsWith(': is there') !== true)).toEqual([
      'entry of linux/amd64',
    ]);
    const publish = ['publish', ...options];
    expect(await release(site, publish, 1)).toMatchObject({ status: 0, stdout: outcome.stdout });
  },
);

/** No layer has another one; what the Dockerfile made is not newer than the release; labels tell of it. */
async function expectOneGuix(engine: Engine, tag: 'latest' | 'rootless'): Promise<void> {
  const text = await succeed(engine, ['cat', '/srv/day1/files/build.json']);
  const { image: latest, rootless } = JSON.parse(text)['x86_64-linux'];
  const name = `${image}@${{ latest, rootless }[tag]}`;
  const file = `/var/lib/docker/${tag}.tar`;
  await succeed(engine, ['docker', 'save', `--output=${file}`, name]);
  const { layers, config } = await readArchive(engine.at(file));
  const read = await Promise.all(layers.map((layer) => readLayer(engine.at(file), layer)));
  const found = read.flatMap((layer) => [...layer]);
  const guixes = found.flatMap(([at]) => /^gnu\/store\/\w{32}-(guix-\d)$/.exec(at)?.[1] ?? []);
  expect(new Set(guixes)).toEqual(new Set(['guix-2']));
  const links = found.filter(([at]) => /^(entry-point\.sh|usr\/local\/bin\/guix)$/.test(at));
  expect(links).toHaveLength(2);
  const newer = links.filter(([, { mtime }]) => mtime.getTime() > 1_790_086_400_000);
  expect(newer.map(([at]) => at)).toEqual([]);
  expect(config.config.Labels).toMatchObject({
    'org.opencontainers.image.version': 'v20260922',
    'org.opencontainers.image.revision': 'c'.repeat(40),
    'org.opencontainers.image.source': expect.stringMatching(/\/o\/r$/),
    'org.opencontainers.image.created': '2026-09-22T14:13:20Z',
  });
}
