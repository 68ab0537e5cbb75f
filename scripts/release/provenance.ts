import { readFile } from 'node:fs/promises';
import { path } from 'zx';
import type { BuildJson } from './build-json.ts';
import { parseChannels } from './channels.ts';
import { hashFile } from '../hash.ts';
import type { Manifests } from './manifest.ts';
import type { Release } from './options.ts';
import { formatJson, listReleaseFiles, writeReleaseFile } from './release-files.ts';

/** What can't be named before all else is there. */
const last = ['provenance.json', 'SHA256SUMS'];

/** What a release is: the platforms that were built, what they were built on, and the images' digests. */
type Facts = {
  readonly built: BuildJson;
  readonly last: BuildJson;
  readonly manifests: Manifests;
};

/** An in-toto statement with SLSA's predicate, version 1, about the files and the images. */
export async function writeProvenance(
  release: Release,
  { built, last: lastReleases, manifests }: Facts,
): Promise<void> {
  const files = await hashFiles(release, built, last);
  const images = [manifests.image, manifests.rootless].map((digest) => ({
    name: release.image,
    digest: { sha256: digest.replace('sha256:', '') },
  }));
  const subject = [...files.map(([name, sha256]) => ({ name, digest: { sha256 } })), ...images];
  const { server, repository, commit, version, platforms, isPinned, builder } = release;
  const source = `${server}/${repository}`;
  const used = Object.entries(lastReleases).filter(([system]) => system in built);
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${source}/blob/${commit}/docs/releases.md`,
        externalParameters: { version, isPinned, platforms: platforms.map(({ name }) => name) },
        internalParameters: { SOURCE_DATE_EPOCH: release.time },
        resolvedDependencies: [
          { uri: `git+${source}`, digest: { gitCommit: commit } },
          ...(await describeChannels(release)),
          ...used.flatMap(([, { url, sha256, cache }]) => [
            { uri: url, digest: { sha256 } },
            { uri: cache.url, digest: { sha256: cache.sha256 } },
          ]),
        ],
      },
      runDetails: { builder: { id: builder } },
    },
  };
  await writeReleaseFile(release, 'provenance.json', formatJson(statement));
}

async function describeChannels({ directory }: Release): Promise<readonly object[]> {
  const file = path.join(directory, 'files/channels.scm');
  return parseChannels(await readFile(file, 'utf8'), file).map(({ url, commit }) => ({
    uri: `git+${url}`,
    digest: { gitCommit: commit },
  }));
}

/** As sha256sum(1) checks them. */
export async function writeSums(release: Release, built: BuildJson): Promise<void> {
  const files = await hashFiles(release, built, ['SHA256SUMS']);
  const lines = files.map(([name, sha256]) => `${sha256}  ${name}\n`);
  await writeReleaseFile(release, 'SHA256SUMS', lines.join(''));
}

/** The release's files with their SHA-256, without these. */
async function hashFiles(
  { directory }: Release,
  built: BuildJson,
  without: readonly string[],
): Promise<readonly (readonly [name: string, sha256: string])[]> {
  const names = listReleaseFiles(built).filter((name) => !without.includes(name));
  const files = names.map(
    async (name) => [name, await hashFile(path.join(directory, 'files', name))] as const,
  );
  return Promise.all(files);
}
