// Root file systems of Debian, made once in the cache of this machine and only ever read.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { $, os, path } from 'zx';
import type { Platform } from '../build.config.ts';
import { Missing, say } from './script.ts';

/** What Debian calls the architecture of a platform. */
const architectures: Readonly<Record<Platform, string>> = {
  'linux/amd64': 'amd64',
  'linux/386': 'i386',
  'linux/arm/v7': 'armhf',
  'linux/arm64': 'arm64',
  'linux/ppc64le': 'ppc64el',
  'linux/riscv64': 'riscv64',
};

/** What a root file system is made of: a change here makes a new one. */
export type Recipe = {
  /** What its directory is called, in front of a hash of the rest. */
  readonly name: string;
  /** What it holds, as we tell it, and how long it takes on two processors. */
  readonly title: string;
  readonly duration: string;
  readonly suite: string;
  /** `undefined`: this machine's. Programs of another one must run here. */
  readonly platform?: Platform;
  readonly packages: readonly string[];
  /** A shell script that runs in it, as root, when the packages are installed. */
  readonly setUp: string;
  /** The one file of it that is kept, where the rest only serves to make it. */
  readonly keep?: string;
};

/**
 * Returns the root file system of a recipe, or the file that it keeps; makes it if it isn't there, in
 * an emulation of its platform where `by` is given.
 */
export async function provideRoot(recipe: Recipe, by: readonly string[] = []): Promise<string> {
  const root = path.join(cacheDirectory(), nameRoot(recipe));
  if (existsSync(root)) return root;
  const { title, duration, suite, keep } = recipe;
  const what = keep === undefined ? `a root file system with ${title}` : title;
  say(`making ${what} from Debian ${suite} (once, ${duration})`);
  // It asks the latter whether programs of another architecture run here.
  await installPackages(['mmdebstrap', ...(recipe.platform === undefined ? [] : ['arch-test'])]);
  await makeRoot(recipe, root, by);
  return root;
}

/** Installs Debian packages that this machine lacks, and says so. */
async function installPackages(names: readonly string[]): Promise<void> {
  const status = '${db:Status-Status}';
  const installed = await Promise.all(
    names.map((name) => $({ nothrow: true })`dpkg-query --show --showformat=${status} ${name}`),
  );
  const missing = names.filter((_, index) => installed[index]?.stdout !== 'installed');
  if (missing.length === 0) return;
  say(`installing Debian packages: ${missing.join(' ')}`);
  await $`apt-get update --quiet=2`;
  await $({
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })`apt-get install --quiet=2 --yes --no-install-recommends ${missing}`;
}

/** Where what is made once is kept. */
export function cacheDirectory(): string {
  return path.join(
    process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'),
    'guix-entry-point',
  );
}

function nameRoot({ name, suite, packages, setUp, keep, platform }: Recipe): string {
  const others = [keep, platform].filter((part) => part !== undefined);
  const recipe = JSON.stringify([suite, packages, setUp, ...others]);
  return `${name}-${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`;
}

/** It gets its name when it is complete: an interrupted run leaves nothing that looks like one. */
async function makeRoot(
  { suite, packages, setUp, keep = '', platform }: Recipe,
  root: string,
  by: readonly string[],
): Promise<void> {
  const unfinished = `${root}.${process.pid}`;
  await mkdir(path.dirname(root), { recursive: true });
  try {
    const debian = `deb ${await findMirror()} ${suite} main`;
    // The lists of a mirror that is a snapshot have expired.
    const apt = 'Acquire::Check-Valid-Until "false"';
    const foreign = platform === undefined ? [] : [`--architectures=${architectures[platform]}`];
    const hook = `chroot "$1" sh -ec ${quoteForShell(setUp)}`;
    // In a user name space it may mount no /sys and no new /proc, complains and goes on.
    const quiet = by.length > 0;
    await $({
      quiet,
    })`${by} mmdebstrap --quiet --variant=minbase --aptopt=${apt} --include=${packages.join(',')} --customize-hook=${hook} ${foreign} ${suite} ${unfinished} ${debian}`;
    await rename(path.join(unfinished, keep), root);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The mirror that this machine's own apt takes its Debian from. */
async function findMirror(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  const format = '$(REPO_URI),$(RELEASE),$(CODENAME)';
  const targets = await $`apt-get indextargets --format ${format} ${'Created-By: Packages'}`;
  const repositories = targets.stdout.split('\n').map((target) => target.split(','));
  const mirror = repositories.find(([, ...names]) => names.some((name) => name === codename))?.[0];
  if (mirror !== undefined) return mirror;
  throw new Missing(`apt has no mirror of Debian ${codename}: look at /etc/apt/sources.list.d`);
}
