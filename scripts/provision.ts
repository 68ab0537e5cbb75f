// npm run provision: makes what the tests run in, once, in the cache of this machine.
import { path } from 'zx';
import { provideRoot, type Recipe } from './debian.ts';
import { isEmulated, openEmulation, thisPlatform } from './emulation.ts';
import { requireRoot, runScript } from './script.ts';

/** What tests at a terminal are done with. */
const terminal = ['vim-tiny', 'less'];
const shells = ['zsh'];

/** Makes the shell that test builds run in: a directory that a store can take in. */
const makeTestShell = [
  'mkdir --parents /usr/lib/guix-test-shell/bin /job',
  'cp /usr/bin/busybox /usr/lib/guix-test-shell/bin/sh',
  'for name in sleep dd; do ln /usr/lib/guix-test-shell/bin/sh /usr/lib/guix-test-shell/bin/$name; done',
];

const guix: Recipe = {
  name: 'root',
  title: 'a real Guix',
  duration: 'about a minute',
  // Debian's package of Guix is in sid only, for all six architectures.
  suite: 'sid',
  packages: [
    ...['guix', 'guile-zstd', 'busybox-static', 'ca-certificates', 'strace', 'xz-utils'],
    ...terminal,
    ...shells,
  ],
  // What Debian's package leaves to the administrator.
  setUp: [
    'groupadd --system guixbuild',
    'for i in 1 2 3 4; do useradd --system --gid guixbuild --groups guixbuild --home-dir /var/empty --shell /usr/sbin/nologin guixbuilder$i; done',
    'chgrp guixbuild /gnu/store',
    'chmod 1775 /gnu/store',
    ...makeTestShell,
  ].join('\n'),
};

/** Of a suite: their versions of Nix are years apart. The package of the service has the build users. */
function describeNix(suite: 'bookworm' | 'sid'): Recipe {
  return {
    name: `nix-${suite}`,
    title: 'a real Nix',
    duration: 'half a minute',
    suite,
    packages: [
      ...['nix-bin', 'nix-setup-systemd', 'busybox-static', 'ca-certificates', 'strace'],
      ...['xz-utils', 'less'],
    ],
    setUp: makeTestShell.join('\n'),
  };
}

const daemons = {
  guix,
  'nix-bookworm': describeNix('bookworm'),
  'nix-sid': describeNix('sid'),
} as const;

/** What tests find installed: which daemon, and from where. */
export type Installed = keyof typeof daemons;

const engine: Recipe = {
  name: 'engine',
  title: 'a real container engine',
  duration: 'about a minute',
  // Older ones, bookworm's 20.10 among them, can't start a privileged container where we lack a
  // capability ourselves.
  suite: 'trixie',
  packages: [
    'docker.io',
    'docker-cli',
    'docker-buildx',
    'iptables',
    'busybox-static',
    'ca-certificates',
    'xz-utils',
    'procps',
    'tini',
  ],
  setUp: 'mkdir --parents /job',
};

/** What `# syntax=docker/dockerfile:1-labs` names: the engine's own frontend has no RUN --security. */
const frontend: Recipe = {
  name: 'frontend',
  title: 'the labs frontend for Dockerfiles',
  duration: 'three to five minutes',
  suite: 'trixie',
  packages: [
    'golang-go',
    'golang-github-docker-docker-dev',
    'golang-github-google-shlex-dev',
    'golang-github-gofrs-flock-dev',
    'golang-github-containerd-stargz-snapshotter-dev',
    'golang-github-agext-levenshtein-dev',
  ],
  setUp: [
    'export HOME=/root GO111MODULE=off GOPATH=/usr/share/gocode CGO_ENABLED=0',
    'go build -trimpath -ldflags "-s -w" -tags "dfrunsecurity dfparents dfexcludepatterns netgo static_build osusergo" -o /dockerfile-frontend github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend',
  ].join('\n'),
  keep: 'dockerfile-frontend',
};

/**
 * Stands for the image `debian:sid-slim`: the same packages, and the same rules of what dpkg leaves
 * out, but this machine's mirror.
 */
const base: Recipe = {
  name: 'base',
  title: 'what debian:sid-slim is',
  duration: 'a quarter of a minute',
  suite: 'sid',
  packages: ['debian-archive-keyring'],
  setUp: [
    'for directory in doc groff info lintian linda locale man; do',
    '  echo "path-exclude /usr/share/$directory/*"',
    '  rm -rf /usr/share/$directory/*',
    'done >/etc/dpkg/dpkg.cfg.d/docker',
    "echo 'path-include /usr/share/doc/*/copyright' >>/etc/dpkg/dpkg.cfg.d/docker",
  ].join('\n'),
};

/** The filter of system calls that Docker sets for all containers, as a file, and of which version. */
const filter: Recipe = {
  name: 'filter',
  title: "Docker's filter of system calls",
  duration: 'half a minute',
  suite: 'trixie',
  packages: ['ca-certificates'],
  // Without the 200 packages that it depends on.
  setUp: [
    'mkdir /filter && cd /tmp',
    'apt-get download --quiet=2 golang-github-docker-docker-dev 2>/dev/null',
    'dpkg-deb --field *.deb Version >/filter/version',
    'dpkg-deb --fsys-tarfile *.deb | tar --extract --to-stdout ./usr/share/gocode/src/github.com/docker/docker/profiles/seccomp/default.json >/filter/default.json',
  ].join('\n'),
  keep: 'filter',
};

/** What images are pushed to. */
const registry: Recipe = {
  name: 'registry',
  title: 'a registry of images',
  duration: 'half a minute',
  suite: 'trixie',
  packages: ['docker-registry'],
  setUp: 'true',
  keep: 'usr/bin/docker-registry',
};

/** A machine without Guix, and with what a bootstrap is lent. */
const toolchain: Recipe = {
  name: 'toolchain',
  title: 'a C compiler, and no Guix',
  duration: 'half a minute',
  suite: 'trixie',
  packages: ['gcc', 'libc6-dev', 'make', 'perl', 'busybox-static', 'xz-utils'],
  setUp: 'mkdir --parents /job',
};

/** What is built first: as their authors released it. */
const sources: Recipe = {
  name: 'sources',
  title: 'sources of Debian packages',
  duration: 'a quarter of a minute',
  suite: 'bookworm',
  packages: ['ca-certificates'],
  setUp: [
    "sed 's/^deb /deb-src /' /etc/apt/sources.list >/etc/apt/sources.list.d/sources.list",
    'apt-get update --quiet=2',
    'mkdir /sources && cd /sources',
    'apt-get source --quiet=2 --download-only --tar-only hello tcc figlet',
  ].join('\n'),
  keep: 'sources',
};

/** Returns a root file system with a C compiler and without Guix, which is only ever read. */
export function provisionToolchain(): Promise<string> {
  requireRoot();
  return provideRoot(toolchain);
}

/** Returns a directory with archives as Debian has them: `hello_2.10.orig.tar.gz`. */
export function provisionSources(): Promise<string> {
  requireRoot();
  return provideRoot(sources);
}

/** Returns the program of a registry of images, which runs in the engine's root file system. */
export function provisionRegistry(): Promise<string> {
  requireRoot();
  return provideRoot(registry);
}

/** Returns a root file system with a real daemon, which is only ever read. */
export function provision(installed: Installed = 'guix'): Promise<string> {
  requireRoot();
  return provideRoot(daemons[installed]);
}

/** Returns the root file system of our image's base. */
export async function provisionBase(platform = thisPlatform): Promise<string> {
  requireRoot();
  if (platform === thisPlatform) return provideRoot(base);
  await using emulation = await openEmulation(platform);
  const name = `base-${path.basename(platform)}`;
  const title = `${base.title} for ${platform}`;
  const duration = isEmulated(platform) ? 'a minute' : base.duration;
  return await provideRoot({ ...base, name, title, duration, platform }, emulation.by);
}

/** Returns a root file system with a container engine, which is only ever read. */
export function provisionEngine(): Promise<string> {
  requireRoot();
  return provideRoot(engine);
}

/** Returns the labs frontend for Dockerfiles: a program that needs no other file. */
export function provisionFrontend(): Promise<string> {
  requireRoot();
  return provideRoot(frontend);
}

/** Returns a directory with `default.json`, and `version`, that of Debian's package of it. */
export function provisionFilter(): Promise<string> {
  requireRoot();
  return provideRoot(filter);
}

if (import.meta.main) {
  await runScript(async () => {
    console.log(await provision());
    console.log(await provision('nix-bookworm'));
    console.log(await provision('nix-sid'));
    console.log(await provisionBase());
    console.log(await provisionBase('linux/386'));
    console.log(await provisionBase('linux/arm64'));
    console.log(await provisionEngine());
    console.log(await provisionFrontend());
    console.log(await provisionRegistry());
    console.log(await provisionFilter());
    console.log(await provisionToolchain());
    console.log(await provisionSources());
  });
}
