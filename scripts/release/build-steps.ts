// What a release has of one architecture.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { $, fs, path } from 'zx';
import type { Asset, BuildJson, Entry } from './build-json.ts';
import { docker, type Image, runBare, runInImage, runScriptInImage } from './docker.ts';
import { hashFile, hashTrees } from './files.ts';
import { downloadFile } from './http.ts';
import { entryFile } from './last.ts';
import type { Release } from './options.ts';
import type { Platform } from './platforms.ts';
import { runStep, type Step } from './work.ts';

const repository = path.join(import.meta.dirname, '../..');

/** What the executables are made of, and what the image is. */
const sources = [
  ...['src', 'build.config.ts', 'package-lock.json', 'substitutes', 'image/seccomp.json'],
  ...['build', 'bundle', 'executable', 'koffi', 'program-tree'].map((name) => `scripts/${name}.ts`),
];
const imageSources = ['Dockerfile', '.dockerignore', 'image', 'channels', 'substitutes'];

export type Build = {
  readonly release: Release;
  readonly platform: Platform;
  /** What the last release has of it. */
  readonly last: Entry | undefined;
};

/** Makes all of it; its entry is written last, and says that everything else is there. */
export async function buildPlatform(
  release: Release,
  platform: Platform,
  lastReleases: BuildJson,
): Promise<void> {
  const build = { release, platform, last: lastReleases[platform.system] };
  const { directory } = release;
  // That of an earlier try, whose files may be replaced.
  await rm(entryFile(directory, platform.system), { force: true });
  await runStep(directory, await planExecutable(build));
  await runStep(directory, await planBase(build));
  await runStep(directory, await planImage(build));
  const image = await readImage(build);
  const steps = [planChannels, planPackages, planLastCache, planCache, planBinary, planEntry];
  for (const plan of steps) await runStep(directory, await plan(build, image));
}

/** What the files of a release are called. */
function nameFile({ release, platform }: Build, what: string, ending: string): string {
  return `files/${what}-${release.version}.${platform.system}.${ending}`;
}

function inDirectory({ release }: Build, file: string): string {
  return path.join(release.directory, file);
}

/** The tree that belongs to /usr/local, packed. */
async function planExecutable(build: Build): Promise<Step> {
  const { name } = build.platform;
  const output = nameFile(build, 'guix-entry-point', 'tar.gz');
  const { time } = build.release;
  return {
    name: `executable of ${name}`,
    inputs: [await hashTrees(repository, sources), name, time],
    outputs: [output],
    make: async (at) => {
      const inRepository = $({ cwd: repository, stdio: ['ignore', process.stderr, 'inherit'] });
      await inRepository`${process.execPath} scripts/build.ts --platform=${name}`;
      const same = ['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner'];
      const tree = path.join(repository, 'dist/platforms', name);
      await $`tar --create --gzip --file=${at(output)} --directory=${tree} ${same} .`;
    },
  };
}

const baseOutput = ({ system }: Platform): string => `images/${system}.base.json`;
const imageOutput = ({ system }: Platform): string => `images/${system}.json`;

/** How images are built: pushed by digest, as they get a name when all are there. */
export function buildWords({ release, platform }: Build): readonly string[] {
  return [
    ...['buildx', 'build', `--platform=${platform.name}`],
    `--output=type=image,name=${release.image},push-by-digest=true,name-canonical=true,push=true`,
    // Attestations are the release's, of its digest; a plain manifest is easier to compare.
    '--provenance=false',
    `--build-arg=SOURCE_DATE_EPOCH=${release.time}`,
    ...release.buildOptions,
  ];
}

/** The image before its pull. */
async function planBase(build: Build): Promise<Step> {
  const { platform } = build;
  const executable = inDirectory(build, nameFile(build, 'guix-entry-point', 'tar.gz'));
  const words = [...buildWords(build), ...describeGuixSource(build)];
  const output = baseOutput(platform);
  const hashes = [await hashTrees(repository, imageSources), await hashFile(executable)];
  return {
    name: `base of ${platform.name}`,
    inputs: [words, hashes],
    outputs: [output],
    make: async (at) => {
      const context = at(`executable/${platform.name}`);
      await fs.mkdirp(context);
      await $`tar --extract --gzip --file=${executable} --directory=${context}`;
      const trees = `--build-context=executable=${at('executable')}`;
      await docker([...words, trees, `--metadata-file=${at(output)}`, repository]);
    },
  };
}

/** The last release's Guix has less to pull. It is ours: its SHA-256 says so, and no signature. */
function describeGuixSource({ last }: Build): readonly string[] {
  if (last === undefined) return [];
  return [
    '--build-arg=GUIX_SOURCE=tarball',
    `--build-arg=GUIX_TARBALL=${last.url}`,
    `--build-arg=GUIX_TARBALL_SHA256=${last.sha256}`,
    '--build-arg=GUIX_TARBALL_SIGNER=',
  ];
}

/** The image, with the Guix of channels.scm. */
async function planImage(build: Build): Promise<Step> {
  const { release, platform } = build;
  const base = `${release.image}@${await readDigest(build, baseOutput(platform))}`;
  const file = 'image/pulled.Dockerfile';
  const words = [...buildWords(build), '--allow=security.insecure', `--build-arg=IMAGE=${base}`];
  const output = imageOutput(platform);
  return {
    name: `image of ${platform.name}`,
    inputs: [words, await hashFile(path.join(repository, file))],
    outputs: [output],
    make: async (at) => {
      const files = [`--file=${path.join(repository, file)}`, `--metadata-file=${at(output)}`];
      await docker([...words, ...files, repository]);
    },
  };
}

async function readDigest(build: Build, output = imageOutput(build.platform)): Promise<string> {
  const file = inDirectory(build, output);
  const metadata: { 'containerimage.digest': string } = JSON.parse(await readFile(file, 'utf8'));
  return metadata['containerimage.digest'];
}

async function readImage(build: Build): Promise<Image> {
  const { release, platform } = build;
  return { reference: `${release.image}@${await readDigest(build)}`, platform };
}

function planChannels({ platform }: Build, image: Image): Step {
  const output = `channels/${platform.system}.scm`;
  return {
    name: `channels of ${platform.name}`,
    inputs: image,
    outputs: [output],
    make: (at) =>
      runInImage(image, ['guix', 'describe', '--format=channels'], { output: at(output) }),
  };
}

/** Debian's packages in the image, for the SBOM. */
function planPackages({ platform }: Build, image: Image): Step {
  const output = `packages/${platform.system}.tsv`;
  const format = '${Package}\\t${Version}\\t${Architecture}\\n';
  return {
    name: `packages of ${platform.name}`,
    inputs: image,
    outputs: [output],
    make: (at) => runBare(image, ['dpkg-query', '--show', `--showformat=${format}`], at(output)),
  };
}

const lastCacheOutput = ({ system }: Platform): string => `last/cache.${system}.tar.gz`;

function planLastCache({ platform, last }: Build): Step {
  const output = lastCacheOutput(platform);
  return {
    name: `last cache of ${platform.name}`,
    inputs: [last?.cache],
    outputs: [output],
    make: async (at) => {
      if (last === undefined) await writeFile(at(output), '');
      else await downloadFile(last.cache.url, at(output), last.cache.sha256);
    },
  };
}

/** What the next release pulls with. */
function planCache(build: Build, image: Image): Step {
  const { release, platform, last } = build;
  const output = nameFile(build, 'guix-cache', 'tar.gz');
  const input = inDirectory(build, lastCacheOutput(platform));
  const script = ['cache.sh', last === undefined ? 'none' : 'last', String(release.time)] as const;
  return {
    name: `cache of ${platform.name}`,
    inputs: [image, script, last?.cache],
    outputs: [output],
    make: (at) => runScriptInImage(image, script, { input, output: at(output) }),
  };
}

/** Guix's binary tarball, which the next release's image is made of. */
async function planBinary(build: Build, image: Image): Promise<Step> {
  const output = nameFile(build, 'guix-binary', 'tar.xz');
  const input = inDirectory(build, nameFile(build, 'guix-cache', 'tar.gz'));
  return {
    name: `binary tarball of ${build.platform.name}`,
    inputs: [image, await hashFile(input)],
    outputs: [output],
    make: (at) => runScriptInImage(image, ['binary.sh'], { input, output: at(output) }),
  };
}

async function planEntry(build: Build): Promise<Step> {
  const { release, platform } = build;
  const entry: Entry = {
    version: release.version,
    ...(await describeAsset(build, nameFile(build, 'guix-binary', 'tar.xz'))),
    cache: await describeAsset(build, nameFile(build, 'guix-cache', 'tar.gz')),
    executable: await describeAsset(build, nameFile(build, 'guix-entry-point', 'tar.gz')),
    image: await readDigest(build),
  };
  const output = path.relative(release.directory, entryFile(release.directory, platform.system));
  return {
    name: `entry of ${platform.name}`,
    inputs: entry,
    outputs: [output],
    make: (at) => writeFile(at(output), `${JSON.stringify({ [platform.system]: entry })}\n`),
  };
}

async function describeAsset(build: Build, file: string): Promise<Asset> {
  const { server, repository: owner, version } = build.release;
  return {
    url: `${server}/${owner}/releases/download/${version}/${path.basename(file)}`,
    sha256: await hashFile(inDirectory(build, file)),
  };
}
