// The files of a platform, and what is known of its images.
import { readFile } from 'node:fs/promises';
import { $, path } from 'zx';
import { type Build, nameFile } from './build.ts';
import { runBare, runInImage } from './docker.ts';
import { hashTrees } from '../hash.ts';
import { downloadFile } from './http.ts';
import { lastCacheFile, readImage } from './image-steps.ts';
import type { Step } from './work.ts';

const repository = path.join(import.meta.dirname, '../..');

/** What the executables are made of. */
const sources = [
  ...['src', 'scripts', 'build.config.ts', 'package.json', 'package-lock.json'],
  ...['substitutes', 'image/seccomp.json'],
];

/** The tree that belongs to /usr/local, packed. */
export async function planExecutable(build: Build): Promise<Step> {
  const { name } = build.platform;
  const output = nameFile(build, 'guix-entry-point');
  const { time } = build.release;
  return {
    name: `executable of ${name}`,
    inputs: [await hashTrees(repository, sources), name, time],
    outputs: [output],
    make: async (at) => {
      const inRepository = $({ cwd: repository, stdio: ['ignore', process.stderr, 'inherit'] });
      await inRepository`${process.execPath} scripts/build.ts --platform=${name}`;
      const tree = path.join(repository, 'dist/platforms', name);
      await $`tar --create --gzip --file=${at(output)} --directory=${tree} ${alike(time)} .`;
    },
  };
}

/** The home cache that the last pull left; a first release has none. */
export function planLastCache(build: Build): Step {
  const { platform, last } = build;
  const output = lastCacheFile(build);
  return {
    name: `last cache of ${platform.name}`,
    inputs: [last?.cache],
    outputs: last === undefined ? [] : [output],
    make: async (at) => {
      if (last !== undefined) await downloadFile(last.cache.url, at(output), last.cache.sha256);
    },
  };
}

/** The channels that were pulled, as Guix tells them. */
export async function planChannels(build: Build): Promise<Step> {
  const image = await readImage(build, 'pulled');
  const output = `pulled/${build.platform.system}.scm`;
  return {
    name: `channels of ${build.platform.name}`,
    inputs: image,
    outputs: [output],
    make: (at) => runInImage(image, ['guix', 'describe', '--format=channels'], at(output)),
  };
}

/** What the next release pulls with. */
export async function planCache(build: Build): Promise<Step> {
  const image = await readImage(build, 'pulled');
  const output = nameFile(build, 'guix-cache');
  const { time } = build.release;
  const pack = ['tar', '--create', '--gzip', '--directory=/root/.cache', ...alike(time), 'guix'];
  return {
    name: `cache of ${build.platform.name}`,
    inputs: [image, pack],
    outputs: [output],
    make: (at) => runBare(image, pack, at(output)),
  };
}

/** Guix's binary tarball, which this release's images are made of, and the next one's base. */
export async function planBinary(build: Build): Promise<Step> {
  const image = await readImage(build, 'pulled');
  const output = nameFile(build, 'guix-binary');
  const script = await readFile(path.join(import.meta.dirname, 'in-image/binary.sh'), 'utf8');
  const command = ['sh', '-c', script, 'binary.sh'];
  return {
    name: `binary tarball of ${build.platform.name}`,
    inputs: [image, command],
    outputs: [output],
    make: (at) => runInImage(image, command, at(output)),
  };
}

/** Debian's packages in the images, for the SBOM: both have the same. */
export async function planPackages(build: Build): Promise<Step> {
  const image = await readImage(build, 'image');
  const output = `packages/${build.platform.system}.tsv`;
  const format = '${Package}\\t${Version}\\t${Architecture}\\n';
  return {
    name: `packages of ${build.platform.name}`,
    inputs: image,
    outputs: [output],
    make: (at) => runBare(image, ['dpkg-query', '--show', `--showformat=${format}`], at(output)),
  };
}

/** Options of tar: the same files give the same bytes, with no times and owners of their own. */
function alike(time: number): readonly string[] {
  return ['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner'];
}
