import { createReadStream } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Engine } from '../../scripts/engine.ts';
import { buildImage, tryBuildImage } from '../../scripts/build-engine.ts';
import { expectNoTraces, runLine } from '../support/containers.ts';
import { expect, test } from '../support/image-builder.ts';

/** Stands for ftp.gnu.org: a tarball of the same form, whose Guix only says so, and its signature. */
const releaseDockerfile = `FROM debian:sid-slim AS make
RUN apt-get update && apt-get install --yes --no-install-recommends gpg gpg-agent xz-utils
RUN mkdir -p /site gnu/store/abc-guix/bin var/guix/profiles/per-user/root && cd /site && \\
    printf '#!/bin/sh\\necho stand-in\\n' >/gnu/store/abc-guix/bin/guix && \\
    chmod +x /gnu/store/abc-guix/bin/guix && \\
    ln -s /gnu/store/abc-guix /var/guix/profiles/per-user/root/current-guix-1-link && \\
    ln -s current-guix-1-link /var/guix/profiles/per-user/root/current-guix && \\
    tar -C / -cJf guix.tar.xz ./gnu ./var/guix && \\
    gpg --batch --passphrase '' --quick-gen-key release@example.org && \\
    gpg --detach-sign --output guix.tar.xz.sig guix.tar.xz && gpg --export --armor >key && \\
    gpg --with-colons --list-keys | grep -m1 ^fpr: | cut -d: -f10 | tr -d '\\n' >signer && \\
    sha256sum guix.tar.xz | cut -d' ' -f1 | tr -d '\\n' >sha256
FROM scratch
COPY --from=make /site /
`;

/** Makes the release in the engine; returns the build arguments that name it. */
async function serveRelease(engine: Engine, server: Server): Promise<string[]> {
  await runLine(engine, 'cat >/release.Dockerfile', releaseDockerfile);
  await buildImage(engine, ['--file=/release.Dockerfile', '--output=type=local,dest=/site']);
  const read = async (name: string): Promise<string> =>
    (await runLine(engine, `cat /site/${name}`)).stdout;
  server.on('request', ({ url = '' }, answer) => {
    void pipeline(createReadStream(engine.at(`/site${url}`)), answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  // The builder's proxy asks in our own network.
  const site = `http://127.0.0.1:${port}`;
  return [
    '--build-arg=GUIX_SOURCE=tarball',
    `--build-arg=GUIX_TARBALL=${site}/guix.tar.xz`,
    `--build-arg=GUIX_TARBALL_KEY=${site}/key`,
    `--build-arg=GUIX_TARBALL_SHA256=${await read('sha256')}`,
    `--build-arg=GUIX_TARBALL_SIGNER=${await read('signer')}`,
  ];
}

test('Guix from a binary release, if it is the one that is meant and signed by whom it should', async ({
  engine,
}) => {
  await using server = createServer();
  const release = await serveRelease(engine, server);
  for (const [target, owner] of [
    ['guix', 'root'],
    ['guix-rootless', 'guix'],
  ] as const) {
    await buildImage(engine, [...release, `--target=${target}`, `--tag=${target}`]);
    const look =
      'guix; stat --format=%U /gnu/store /gnu/store/abc-guix/bin/guix /var/guix/profiles';
    const { stdout } = await runLine(engine, `docker run --rm ${target} sh -c '${look}'`);
    expect(stdout).toBe(['stand-in', owner, owner, owner, ''].join('\n'));
  }
  const wrong = await tryBuildImage(engine, [
    ...release,
    '--build-arg=GUIX_TARBALL_SHA256=0000000000000000000000000000000000000000000000000000000000000000',
    '--target=guix',
  ]);
  expect(wrong.status).not.toBe(0);
  expect(wrong.stderr).toContain('tarball: FAILED');
  const stranger = await tryBuildImage(engine, [
    ...release,
    '--build-arg=GUIX_TARBALL_SIGNER=A28BF40C3E551372662D14F741AAE7DCCA3D8351',
    '--target=guix',
  ]);
  expect(stranger.status).not.toBe(0);
  expect(stranger.stderr).toContain(
    'the tarball is not signed by A28BF40C3E551372662D14F741AAE7DCCA3D8351',
  );
});

test('the pull step keeps one generation, and nothing that only its making needed', async ({
  engine,
}) => {
  await buildImage(engine, ['--target=image', '--tag=guix-entry-point']);
  // Only the fetching and building of a Guix has a stand-in; generations and store are the real Guix's.
  const lines = [
    'FROM guix-entry-point',
    'COPY --from=fixtures . /fixtures',
    'COPY --from=shell . /usr/lib/guix-test-shell',
    'COPY --from=fixtures programs/guix-that-pulls /usr/local/bin/guix',
  ];
  await runLine(engine, 'cat >/pulls.Dockerfile', lines.join('\n'));
  const contexts = ['fixtures=/fixtures', 'shell=/guix-test-shell'].map(
    (context) => `--build-context=${context}`,
  );
  await buildImage(engine, ['--file=/pulls.Dockerfile', ...contexts, '--tag=pulls']);
  await buildImage(engine, [
    '--allow=security.insecure',
    '--file=/context/image/pulled.Dockerfile',
    '--build-arg=IMAGE=pulls',
    '--tag=pulled',
  ]);
  const look = [
    'ls -A /root /var/log/guix /var/guix/profiles/per-user/root',
    'cd /gnu/store; ls -d *-hello-* *-where-*',
  ].join('; ');
  const { stdout } = await runLine(engine, `docker run --rm --entrypoint sh pulled -c '${look}'`);
  expect(stdout.replaceAll(/^\w{32}-/gm, '')).toBe(
    [
      '/root:\n.bashrc\n.config\n.profile\n',
      '/var/guix/profiles/per-user/root:\ncurrent-guix\ncurrent-guix-2-link\n',
      '/var/log/guix:',
      // The daemon keeps the derivation of what it keeps.
      'where-1.0.drv\nwhere-1.0\n',
    ].join('\n'),
  );
  await expectNoTraces(engine, 'pulled');
});
