import { ProcessOutput } from 'zx';
import { say } from '../script.ts';
import type { BuildJson } from './build-json.ts';
import { buildPlatform } from './build-steps.ts';
import { chooseChannels } from './channels.ts';
import { readEntries, readLast } from './last.ts';
import { mergeImages, tagNewest } from './manifest.ts';
import type { Release, Word } from './options.ts';
import { findPublished, publish, refuseOther, requireToken } from './page.ts';
import type { Platform } from './platforms.ts';
import { Refusal } from './refusal.ts';
import { listReleaseFiles, writeBuildJson, writeChannels, writeVersion } from './release-files.ts';
import { writeProvenance, writeSums } from './provenance.ts';
import { writeSbom } from './sbom.ts';

/** A release, from nothing or from where it stopped; each word is a part of it. */
export function runRelease(release: Release): Promise<void> {
  return parts[release.word](release);
}

const parts: Readonly<Record<Word, (release: Release) => Promise<void>>> = {
  plan,
  build,
  publish: publishRelease,
  async all(release) {
    requireToken(release);
    await refusePublished(release);
    await build(release);
    await publishRelease(release);
  },
};

/** Looks, before anything is built, at what the release is made of and whether it is there already. */
async function plan(release: Release): Promise<void> {
  await readLast(release);
  await refusePublished(release);
  await chooseChannels(release);
  console.log(`version=${release.version}\ntime=${release.time}`);
}

async function refusePublished(release: Release): Promise<void> {
  if (!(await findPublished(release))) return;
  throw new Refusal(`${release.version} is published, and a release is never changed`);
}

/** What there is of each platform; one that fails holds up no other. */
async function build(release: Release): Promise<void> {
  const last = await readLast(release);
  await chooseChannels(release);
  for (const platform of release.platforms) await tryToBuild(release, platform, last);
}

async function tryToBuild(release: Release, platform: Platform, last: BuildJson): Promise<void> {
  try {
    await buildPlatform(release, platform, last);
  } catch (error) {
    // A program that failed has said why.
    if (!(error instanceof Refusal || error instanceof ProcessOutput)) throw error;
    say(`${platform.name} failed: ${error.message}`);
    process.exitCode = 1;
  }
}

/** What there is of the whole, from the platforms that were built, and its page. */
async function publishRelease(release: Release): Promise<void> {
  requireToken(release);
  const [built, last] = [await readEntries(release), await readLast(release)];
  const entries = { ...last, ...built };
  for (const { name, system } of release.platforms) {
    if (system in built) continue;
    const instead = last[system] === undefined ? 'is left out' : `stays at ${last[system].version}`;
    say(`${name} has not been built: it ${instead}`);
  }
  if (Object.keys(built).length === 0) throw new Refusal('Nothing has been built to publish');

  await writeVersion(release);
  await writeChannels(release, built);
  await writeBuildJson(release, entries);
  // Before names are given to other images than those that are published.
  await refuseOther(release, 'build.json');
  const manifests = await mergeImages(release, entries);
  await writeSbom(release, { built, entries });
  await writeProvenance(release, { built, last, manifests });
  await writeSums(release, built);
  await publish(release, listReleaseFiles(built));
  await tagNewest(release, manifests);
  const { image, rootless } = manifests;
  console.log(`version=${release.version}\nimage=${release.image}`);
  console.log(`digest=${image}\nrootless=${rootless}`);
}
