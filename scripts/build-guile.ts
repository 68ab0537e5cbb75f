// node scripts/build-guile.ts: GNU Guile by a bootstrap, from Debian's sources, on a machine without Guix.
import { once } from 'node:events';
import { buildExecutable } from './build.ts';
import { provideRoot, type Recipe } from './debian.ts';
import { requireRoot, runScript } from './script.ts';
import { hostTools, openToolchain } from './world.ts';

/** From bookworm, what has no configure in trixie, or is not on every mirror. */
const sources: Recipe = {
  name: 'guile-sources',
  title: 'sources of GNU Guile',
  duration: 'half a minute',
  suite: 'trixie',
  packages: ['ca-certificates'],
  setUp: [
    "sed 's/^deb /deb-src /; p; s/trixie/bookworm/' /etc/apt/sources.list >/etc/apt/sources.list.d/sources.list",
    'apt-get update --quiet=2',
    'mkdir /sources && cd /sources',
    'apt-get source --quiet=2 --download-only --tar-only m4 pkgconf gmp libunistring libgc/bookworm libffi/bookworm flex autoconf automake-1.17 libtool guile-3.0',
  ].join('\n'),
  keep: 'sources',
};

const script = `cp /sources/* .
guix-entry-point bootstrap /fixtures/bootstrap/guile-from-source.scm guile --pack=guile.tar.gz --host-tools=${hostTools.join(',')}
tar -xzf guile.tar.gz -C /
/store0/*-guile-*/bin/guile -c '(display (version)) (newline)'`;

await runScript(async () => {
  requireRoot();
  await buildExecutable();
  await using machine = await openToolchain(() => provideRoot(sources));
  const child = machine.start(['sh', '-ec', script], { stdio: 'inherit' });
  await once(child, 'exit');
  process.exitCode = child.exitCode ?? 1;
});
