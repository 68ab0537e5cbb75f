import { join } from 'node:path';
import { succeed } from '../../scripts/engine.ts';
import { startIn } from '../support/real.ts';
import { expect, test } from '../support/registry.ts';

// A real registry on loopback stands for ghcr.io. Its protocol is the same; it asks for no token.

const repository = join(import.meta.dirname, '../..');

const configuration = `version: 0.1
storage: { filesystem: { rootdirectory: /srv/registry } }
http: { addr: 127.0.0.1:5000 }
`;

const context = `mkdir -p /srv/context && cd /srv/context && cp /usr/bin/busybox . &&
printf 'FROM scratch\\nARG TARGETPLATFORM\\nCOPY busybox /bin/\\nENV PLATFORM=$TARGETPLATFORM\\nENTRYPOINT ["/bin/busybox"]\\n' >Dockerfile`;

test('images are pushed by digest, and their digests become one manifest', async ({ engine }) => {
  await succeed(engine, [
    'sh',
    '-c',
    `printf %s '${configuration}' >/srv/registry.yml; ${context}`,
  ]);
  const registry = startIn(engine, ['docker-registry', 'serve', '/srv/registry.yml']);
  await registry.says('listening on 127.0.0.1:5000');
  const program = join(repository, 'test/fixtures/programs');
  const bridge = [`exec ${program}/grpc-bridge /run/builder.sock >&2`];
  await startIn(engine, ['sh', '-c', ...bridge]).says('ready\n');
  const builder = ['--name=release', '--driver=remote', '--use', 'unix:///run/builder.sock'];
  await succeed(engine, ['docker', 'buildx', 'create', ...builder]);

  const image = '127.0.0.1:5000/owner/guix';
  const environment = `SOURCE_DATE_EPOCH=1790000000 GITHUB_REPOSITORY=o/r GITHUB_SHA=${'c'.repeat(40)}`;
  const release = `${environment} node ${program}/push-and-merge.ts /srv/release ${image} /srv/context`;
  const { digests, manifest }: { digests: Record<string, string>; manifest: string } = JSON.parse(
    await succeed(engine, ['sh', '-c', release]),
  );
  for (const tag of ['v20260921', 'latest', 'v20260921-rootless', 'rootless']) {
    const inspect = ['docker', 'buildx', 'imagetools', 'inspect', `${image}:${tag}`];
    const text = await succeed(engine, inspect);
    expect(text).toMatch(new RegExp(`^Digest: +${manifest}$`, 'm'));
    const pairs = [...text.matchAll(/@(sha256:[0-9a-f]{64})\n(?:.*\n)*?.*Platform: +(\S+)/g)];
    expect(pairs.map(([, digest, platform]) => [platform, digest])).toEqual([
      ['linux/amd64', digests['x86_64-linux']],
      ['linux/386', digests['i686-linux']],
    ]);
  }
  for (const platform of ['linux/amd64', 'linux/386']) {
    const run = ['docker', 'run', '--rm', `--platform=${platform}`, `${image}:v20260921`];
    expect(await succeed(engine, [...run, 'sh', '-c', 'echo $PLATFORM'])).toBe(`${platform}\n`);
  }
});
