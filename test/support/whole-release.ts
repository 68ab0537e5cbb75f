import { join } from 'node:path';
import { test as base } from 'vitest';
import { type Engine, succeed } from '../../scripts/engine.ts';
import { buildImage } from '../../scripts/build-engine.ts';
import { type Outcome, runIn } from '../../scripts/machine.ts';
import { type Mirror, openMirror } from '../../scripts/mirror.ts';
import { provideNpm } from './npm.ts';
import { openRegistryEngine, registry } from './registry.ts';
import { releaseEnvironment } from './release.ts';
import { openReleasePage, type ReleasePage } from './release-page.ts';

export { expect } from 'vitest';

const repository = join(import.meta.dirname, '../..');

/** The image that a release is pushed to, in a registry on loopback. */
export const image = `${registry}/owner/guix`;

/** Debian, with the `guix` that needs no network in front of its own, which has the daemon. */
const baseDockerfile = `FROM debian:sid-slim
RUN apt-get update && DEBIAN_FRONTEND=noninteractive \\
    apt-get install --yes --no-install-recommends guix guile-zstd
COPY --from=fixtures . /fixtures
COPY --from=shell . /usr/lib/guix-test-shell
RUN ln -s /fixtures/programs/guix-that-releases /usr/local/sbin/guix
`;

/** The program is built in the repository, which the machine only reads. */
const setUp = `ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
mkdir /tmp/upper /tmp/work
mount -t overlay repository -o lowerdir=${repository},upperdir=/tmp/upper,workdir=/tmp/work ${repository}
`;

/** Where releases are made, and where they go. */
type Site = { readonly engine: Engine; readonly page: ReleasePage; readonly mirror: Mirror };

/** A test with an engine beside which the release's script runs, a registry and a page of releases. */
export const test = base.extend<{ site: Site }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
  site: async ({}, use) => {
    await using engine = await openRegistryEngine([
      [await provideNpm(), '/usr/local/lib/node_modules/npm'],
    ]);
    await succeed(engine, ['sh', '-ec', setUp]);
    await makeBase(engine);
    await using page = await openReleasePage();
    await using mirror = await openMirror(engine);
    await use({ engine, page, mirror });
  },
});

async function makeBase(engine: Engine): Promise<void> {
  await succeed(engine, ['sh', '-c', 'cat >/base.Dockerfile'], baseDockerfile);
  const contexts = ['--build-context=fixtures=/fixtures', '--build-context=shell=/guix-test-shell'];
  const options = ['--file=/base.Dockerfile', `--tag=${image}:base`, '--push'];
  await buildImage(engine, [...options, ...contexts]);
}

/** Runs `npm run release` with these words, some days after the first release. */
export function release(
  { engine, page, mirror }: Site,
  words: readonly string[],
  day: number,
): Promise<Outcome> {
  const options = [
    ...['--network=host', '--allow=network.host', `--build-arg=http_proxy=${mirror.url}`],
    `--build-arg=BASE=${image}:base`,
  ].map((option) => `--build-option=${option}`);
  const script = join(repository, 'scripts/release/run.ts');
  const command = ['node', script, ...words, `--image=${image}`, `--directory=/srv/day${day}`];
  return runIn(engine, [...command, ...options], {
    cwd: repository,
    env: {
      ...releaseEnvironment(page, day),
      BUILDX_BUILDER: 'release',
      // The page is in our own network.
      NODE_USE_ENV_PROXY: '1',
      http_proxy: mirror.url,
    },
  });
}
