import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { test as base } from 'vitest';
import { type Engine, succeed } from '../../scripts/engine.ts';
import { buildImage, fixtureMounts, openBuildEngine } from '../../scripts/build-engine.ts';

export { expect } from 'vitest';

/** Signs the tarball with a key of its own, and has one beside it, padded, that the signature isn't of. */
const signDockerfile = `FROM debian:sid-slim AS sign
RUN apt-get update && apt-get install --yes --no-install-recommends gpg gpg-agent
WORKDIR /site
COPY --from=release guix.tar.xz .
RUN gpg --batch --passphrase '' --quick-gen-key release@example.org && \\
    gpg --detach-sign --output guix.tar.xz.sig guix.tar.xz && gpg --export --armor >key && \\
    gpg --with-colons --list-keys | grep -m1 ^fpr: | cut -d: -f10 | tr -d '\\n' >signer && \\
    head -c 4 /dev/zero | cat guix.tar.xz - >changed.tar.xz && cp guix.tar.xz.sig changed.tar.xz.sig && \\
    for name in guix changed; do \\
      sha256sum $name.tar.xz | cut -d' ' -f1 | tr -d '\\n' >$name.sha256; \\
    done
FROM scratch
COPY --from=sign /site /
`;

/** What the Dockerfile is told of a binary release, by its build arguments. */
type Release = Readonly<
  Record<
    'GUIX_TARBALL' | 'GUIX_TARBALL_KEY' | 'GUIX_TARBALL_SHA256' | 'GUIX_TARBALL_SIGNER',
    string
  >
>;

/** A release, one that isn't what was signed, and the engine that they were made in. */
type Site = { readonly engine: Engine; readonly release: Release; readonly changed: Release };

/** A test with a site that stands for ftp.gnu.org, with a release of Debian's Guix. */
export const test = base.extend<{ site: Site }>({
  site: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using engine = await openBuildEngine();
      await makeRelease(engine);
      await using server = createServer(({ url = '' }, answer) => {
        void pipeline(createReadStream(engine.at(`/site${url}`)), answer);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      // The builder's proxy asks in our own network.
      const url = `http://127.0.0.1:${address.port}`;
      const [release, changed] = [
        await describe(engine, url, 'guix'),
        await describe(engine, url, 'changed'),
      ];
      await use({ engine, release, changed });
    },
    { scope: 'file' },
  ],
});

async function makeRelease(engine: Engine): Promise<void> {
  await buildImage(engine, ['--target=image', '--tag=debians']);
  const words = ['run', '--rm', '--privileged', '--volume=/release:/release', ...fixtureMounts];
  const program = '/fixtures/programs/make-guix-release';
  await succeed(engine, ['docker', ...words, 'debians', program, '/release/guix.tar.xz']);
  await succeed(engine, ['sh', '-c', 'cat >/sign.Dockerfile'], signDockerfile);
  const context = '--build-context=release=/release';
  await buildImage(engine, ['--file=/sign.Dockerfile', context, '--output=type=local,dest=/site']);
}

async function describe(engine: Engine, url: string, name: string): Promise<Release> {
  return {
    GUIX_TARBALL: `${url}/${name}.tar.xz`,
    GUIX_TARBALL_KEY: `${url}/key`,
    GUIX_TARBALL_SHA256: await succeed(engine, ['cat', `/site/${name}.sha256`]),
    GUIX_TARBALL_SIGNER: await succeed(engine, ['cat', '/site/signer']),
  };
}

/** Options of a build from a release. */
export function fromRelease(release: Release): readonly string[] {
  const given = { GUIX_SOURCE: 'tarball', ...release };
  return Object.entries(given).map(([name, value]) => `--build-arg=${name}=${value}`);
}
