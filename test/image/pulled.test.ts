import { buildImage } from '../../scripts/build-engine.ts';
import { expectNoTraces, runLine } from '../support/containers.ts';
import { expect, test } from '../support/image-builder.ts';

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
