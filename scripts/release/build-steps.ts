// What a release has of one platform.
import { rm, writeFile } from 'node:fs/promises';
import { path } from 'zx';
import type { Asset, BuildJson, Entry } from './build-json.ts';
import { type Build, inDirectory, nameFile } from './build.ts';
import {
  planBinary,
  planCache,
  planChannels,
  planExecutable,
  planLastCache,
  planPackages,
} from './file-steps.ts';
import { hashFile } from '../hash.ts';
import { planBase, planImage, planPulled, readImage } from './image-steps.ts';
import { entryFile } from './last.ts';
import type { Release } from './options.ts';
import type { Platform } from './platforms.ts';
import { urlOfFile } from './release-files.ts';
import { runStep, type Step } from './work.ts';

/** In this order: each is planned when what it needs is there. */
const plans: readonly ((build: Build) => Step | Promise<Step>)[] = [
  planExecutable,
  planBase,
  planLastCache,
  planPulled,
  planChannels,
  planCache,
  planBinary,
  (build) => planImage(build, 'image'),
  (build) => planImage(build, 'rootless'),
  planPackages,
  planEntry,
];

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
  for (const plan of plans) await runStep(directory, await plan(build));
}

async function planEntry(build: Build): Promise<Step> {
  const { release, platform } = build;
  const entry: Entry = {
    version: release.version,
    ...(await describeAsset(build, nameFile(build, 'guix-binary'))),
    cache: await describeAsset(build, nameFile(build, 'guix-cache')),
    executable: await describeAsset(build, nameFile(build, 'guix-entry-point')),
    image: (await readImage(build, 'image')).digest,
    rootless: (await readImage(build, 'rootless')).digest,
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
  return {
    url: urlOfFile(build.release, path.basename(file)),
    sha256: await hashFile(inDirectory(build, file)),
  };
}
