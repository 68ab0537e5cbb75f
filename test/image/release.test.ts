import { succeed } from '../../scripts/engine.ts';
import { expect, programs, registry, test } from '../support/registry.ts';

// A real registry on loopback stands for ghcr.io. Its protocol is the same; it asks for no token.

const context = `mkdir -p /srv/context && cd /srv/context && cp /usr/bin/busybox . &&
printf 'FROM scratch\\nARG TARGETPLATFORM\\nCOPY busybox /bin/\\nENV PLATFORM=$TARGETPLATFORM\\nENTRYPOINT ["/bin/busybox"]\\n' >Dockerfile`;

test('images are pushed by digest, and their digests become one manifest', async ({ engine }) => {
  await succeed(engine, ['sh', '-c', context]);
  const image = `${registry}/owner/guix`;
  const environment = `BUILDX_BUILDER=release SOURCE_DATE_EPOCH=1790000000 GITHUB_REPOSITORY=o/r GITHUB_SHA=${'c'.repeat(40)}`;
  const release = `${environment} node ${programs}/push-and-merge.ts /srv/release ${image} /srv/context`;
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
