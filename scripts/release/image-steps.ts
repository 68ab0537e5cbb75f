// The images of a platform. They are pushed by digest, as they get a name when those of all platforms are
// there.
import { link, mkdir, readFile } from 'node:fs/promises';
import { $, path } from 'zx';
import { type Build, inDirectory, nameFile } from './build.ts';
import { channelsDirectory } from './channels.ts';
import { docker, type Image } from './docker.ts';
import { hashFile, hashTrees } from '../hash.ts';
import { formatTime } from './time.ts';
import type { Step } from './work.ts';

const repository = path.join(import.meta.dirname, '../..');

/** What the Dockerfile makes images of, beside what it is given. */
const sources = ['Dockerfile', '.dockerignore', 'image', 'substitutes'];

/** `image` and `rootless` are for everybody; the release's Guix is made in the others. */
type Name = 'base' | 'pulled' | 'image' | 'rootless';

/** How images are built. */
export function buildWords({ release, platform }: Build): readonly string[] {
  const { image, version, commit, time, server, repository: owner, buildOptions } = release;
  return [
    ...['buildx', 'build', `--platform=${platform.name}`],
    `--output=type=image,name=${image},push-by-digest=true,name-canonical=true,push=true,rewrite-timestamp=true`,
    // Attestations are the release's, of its digest; a plain manifest is easier to compare.
    '--provenance=false',
    ...assign('--build-arg', { SOURCE_DATE_EPOCH: time, VERSION: version, REVISION: commit }),
    ...assign('--label', {
      'org.opencontainers.image.source': `${server}/${owner}`,
      'org.opencontainers.image.created': formatTime(time),
    }),
    ...buildOptions,
  ];
}

/** The last release's Guix, if there is one, has less to pull. */
export function planBase(build: Build): Promise<Step> {
  const { last } = build;
  const tarball = last === undefined ? [] : tarballWords(last.url, last.sha256);
  return planFromDockerfile(build, { name: 'base', words: ['--target=image', ...tarball] });
}

/** Has the Guix of the release's channels beside the older one, and in its home cache what was fetched. */
export async function planPulled(build: Build): Promise<Step> {
  const { platform, last } = build;
  const file = path.join(import.meta.dirname, 'in-image/pulled.Dockerfile');
  const { reference } = await readImage(build, 'base');
  const lastCache = path.dirname(inDirectory(build, lastCacheFile(build)));
  const context = last === undefined ? [] : [`--build-context=last=${lastCache}`];
  const words = [
    ...buildWords(build),
    '--allow=security.insecure',
    `--build-arg=IMAGE=${reference}`,
  ];
  const output = metadataFile(build, 'pulled');
  return {
    name: `pulled image of ${platform.name}`,
    inputs: [words, await hashFile(file), last?.cache],
    outputs: [output],
    make: (at) => {
      const files = [`--file=${file}`, `--metadata-file=${at(output)}`];
      return docker([...words, ...context, ...files, path.dirname(file)]);
    },
  };
}

/** Where the last release's home cache is, alone in its directory; from the release's own. */
export function lastCacheFile({ platform }: Build): string {
  return `last/${platform.system}/cache.tar.gz`;
}

/** Made of the release's own tarball: it has one Guix, and nothing that only its making needed. */
export async function planImage(build: Build, name: 'image' | 'rootless'): Promise<Step> {
  const tarball = nameFile(build, 'guix-binary');
  const sha256 = await hashFile(inDirectory(build, tarball));
  return planFromDockerfile(build, {
    name,
    words: [
      `--target=${name}`,
      ...tarballWords(`file:///tarball/${path.basename(tarball)}`, sha256),
    ],
    tarball,
  });
}

/** A tarball of ours: its SHA-256 says so, and no signature. */
function tarballWords(url: string, sha256: string): readonly string[] {
  return assign('--build-arg', {
    GUIX_SOURCE: 'tarball',
    GUIX_TARBALL: url,
    GUIX_TARBALL_SHA256: sha256,
    GUIX_TARBALL_SIGNER: '',
  });
}

type FromDockerfile = {
  readonly name: Name;
  readonly words: readonly string[];
  /** The file of the release that is found as `/tarball/…`. */
  readonly tarball?: string;
};

/** An image of the Dockerfile's, with the release's program and channels. */
async function planFromDockerfile(
  build: Build,
  { name, words: own, tarball }: FromDockerfile,
): Promise<Step> {
  const { platform } = build;
  const words = [...buildWords(build), ...own];
  const output = metadataFile(build, name);
  const executable = inDirectory(build, nameFile(build, 'guix-entry-point'));
  const channels = inDirectory(build, channelsDirectory);
  const hashes = [
    await hashTrees(repository, sources),
    await hashTrees(channels, ['.']),
    await hashFile(executable),
  ];
  return {
    name: `${name} of ${platform.name}`,
    inputs: [words, hashes],
    outputs: [output],
    make: async (at) => {
      const contexts: Record<string, string> = { executable: at('executable'), channels };
      const tree = at(`executable/${platform.name}`);
      await mkdir(tree, { recursive: true });
      await $`tar --extract --gzip --file=${executable} --directory=${tree}`;
      if (tarball !== undefined) {
        contexts['tarball'] = at('tarball');
        await mkdir(at('tarball'));
        await link(inDirectory(build, tarball), at(`tarball/${path.basename(tarball)}`));
      }
      const given = assign('--build-context', contexts);
      await docker([...words, ...given, `--metadata-file=${at(output)}`, repository]);
    },
  };
}

/** What the builder tells of an image, from the release's directory. */
function metadataFile({ platform }: Build, name: Name): string {
  return `images/${platform.system}.${name}.json`;
}

/** An image that has been pushed. */
export async function readImage(build: Build, name: Name): Promise<Image> {
  const { release, platform } = build;
  const file = inDirectory(build, metadataFile(build, name));
  const metadata: { 'containerimage.digest': string } = JSON.parse(await readFile(file, 'utf8'));
  const digest = metadata['containerimage.digest'];
  return { reference: `${release.image}@${digest}`, digest, platform };
}

/** `option=name=value`, for each of these. */
function assign(
  option: string,
  values: Readonly<Record<string, string | number>>,
): readonly string[] {
  return Object.entries(values).map(([name, value]) => `${option}=${name}=${value}`);
}
