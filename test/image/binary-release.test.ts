// The image of a binary release, as the GNU project has them, and releases that it isn't made of.
import { buildImage, fixtureMounts, tryBuildImage } from '../../scripts/build-engine.ts';
import { expect, fromRelease, test } from '../support/binary-release.ts';
import { hello, helloPath, runLine } from '../support/containers.ts';

test.for([
  ['image', 'root'],
  ['rootless', 'guix'],
])(
  "%s: the release's own Guix builds; its store is that of %s",
  async ([target, owner], { site: { engine, release } }) => {
    await buildImage(engine, [...fromRelease(release), `--target=${target}`, `--tag=${target}`]);
    const run = `docker run --rm --privileged ${fixtureMounts.join(' ')} ${target}`;
    const built = await runLine(engine, `${run} ${hello}`);
    expect(built, built.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(helloPath),
    });
    expect(built.stderr).not.toMatch(/^\+ (Builds|Hint)/m);
    const look = 'stat --format=%U /gnu/store "$(readlink -f "$(command -v guix)")"; dpkg -s guix';
    const { stdout } = await runLine(engine, `${run} sh -c '${look}'`);
    expect(stdout).toBe(`${owner}\n${owner}\n`);
    const { stdout: where } = await runLine(
      engine,
      `${run} sh -c 'readlink -f /usr/local/bin/guix'`,
    );
    expect(where).toMatch(/^\/gnu\/store\/[0-9a-z]{32}-guix-1\.5\.0\/bin\/guix\n$/);
  },
);

const zeros = '0'.repeat(64);
const stranger = 'A28BF40C3E551372662D14F741AAE7DCCA3D8351';

test.for([
  ['another SHA-256', { GUIX_TARBALL_SHA256: zeros }, 'tarball: FAILED'],
  [
    'another SHA-256, and nobody has signed it',
    { GUIX_TARBALL_SHA256: zeros, GUIX_TARBALL_SIGNER: '' },
    'tarball: FAILED',
  ],
  ['another signer', { GUIX_TARBALL_SIGNER: stranger }, `the tarball is not signed by ${stranger}`],
  [
    'no SHA-256, where none is known',
    { GUIX_TARBALL_SHA256: '', TARGETARCH: 'ppc64le' },
    'guix.tar.xz is not known: give --build-arg GUIX_TARBALL_SHA256=…',
  ],
  ['an unknown platform', { TARGETARCH: 's390x' }, 'there is no Guix for s390x'],
] as const)('%s is refused', async ([, other, told], { site: { engine, release } }) => {
  const options = fromRelease({ ...release, ...other });
  const { status, stderr } = await tryBuildImage(engine, [...options, '--target=release']);
  expect(status).not.toBe(0);
  expect(stderr).toContain(told);
});

test('what the signature is not of is refused', async ({ site: { engine, changed } }) => {
  const options = fromRelease(changed);
  const { status, stderr } = await tryBuildImage(engine, [...options, '--target=release']);
  expect(status).not.toBe(0);
  expect(stderr).toContain('tarball: OK');
  expect(stderr).toContain('gpg: BAD signature from "release@example.org"');
});

test('without a signer, its SHA-256 is enough', async ({ site: { engine, changed } }) => {
  const options = fromRelease({ ...changed, GUIX_TARBALL_SIGNER: '' });
  const { status, stderr } = await tryBuildImage(engine, [...options, '--target=release']);
  expect(stderr).toContain('GUIX_TARBALL_SIGNER is empty: no signature is checked');
  expect(status).toBe(0);
});
