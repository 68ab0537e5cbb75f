import { succeed } from '../../scripts/engine.ts';
import { expect, expectNoTraces, runLine, test } from '../support/containers.ts';

test('the pull step keeps one generation, and nothing that only its making needed', async ({
  engine,
}) => {
  // Only the fetching and building of a Guix has a stand-in; generations and store are the real Guix's.
  const dockerfile = `# syntax=docker/dockerfile:1-labs
FROM guix-entry-point
COPY --from=fixtures programs/guix-that-releases /usr/local/bin/guix
RUN --security=insecure --mount=type=tmpfs,target=/root/.cache /entry-point.sh guix pull
`;
  const build = ['docker', 'buildx', 'build', '--network=none', '--allow=security.insecure'];
  const fixtures = '--build-context=fixtures=/fixtures';
  await succeed(engine, [...build, fixtures, '--tag=pulls', '-'], dockerfile);
  const options = ['--build-arg=IMAGE=pulls', '--tag=pulled'];
  const file = '--file=/context/image/pulled.Dockerfile';
  await succeed(engine, [...build, ...options, file, '/context']);
  const look = [
    'ls -A /root /var/log/guix /var/guix/profiles/per-user/root',
    'cd /gnu/store; ls -d *-guix-* *-where-*',
  ].join('; ');
  const { stdout } = await runLine(engine, `docker run --rm --entrypoint sh pulled -c '${look}'`);
  expect(stdout.replaceAll(/^\w{32}-/gm, '')).toBe(
    [
      '/root:\n.bashrc\n.config\n.profile\n',
      '/var/guix/profiles/per-user/root:\ncurrent-guix\ncurrent-guix-2-link\n',
      '/var/log/guix:',
      'guix-2\n',
    ].join('\n'),
  );
  await expectNoTraces(engine, 'pulled');
});
