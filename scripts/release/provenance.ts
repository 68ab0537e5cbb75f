import { readdir, readFile } from 'node:fs/promises';
import { path } from 'zx';
import type { BuildJson } from './build-json.ts';
import { hashFile } from './files.ts';
import type { Release } from './options.ts';
import { formatJson, writeReleaseFile } from './release-files.ts';
import { findChannels } from './sbom.ts';

/** What can't be named before all else is there. */
const last = ['provenance.json', 'SHA256SUMS'];

/** An in-toto statement with SLSA's predicate, version 1, about the files and the image. */
export async function writeProvenance(
  release: Release,
  { manifest, last: lastReleases }: { readonly manifest: string; readonly last: BuildJson },
): Promise<void> {
  const files = await hashFiles(release, last);
  const subject = [
    ...files.map(([name, sha256]) => ({ name, digest: { sha256 } })),
    { name: release.image, digest: { sha256: manifest.replace('sha256:', '') } },
  ];
  const { server, repository, commit, version, platforms, builder } = release;
  const source = `${server}/${repository}`;
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${source}/blob/${commit}/docs/releases.md`,
        externalParameters: { version, platforms: platforms.map(({ name }) => name) },
        internalParameters: { SOURCE_DATE_EPOCH: release.time },
        resolvedDependencies: [
          { uri: `git+${source}`, digest: { gitCommit: commit } },
          ...(await describeChannels(release)),
          ...Object.values(lastReleases).flatMap(({ url, sha256, cache }) => [
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
  const text = await readFile(path.join(directory, 'files/channels.scm'), 'utf8');
  return findChannels(text).map(({ url, commit }) => ({
    uri: `git+${url}`,
    digest: { gitCommit: commit },
  }));
}

/** As sha256sum(1) checks them. */
export async function writeSums(release: Release): Promise<void> {
  const files = await hashFiles(release, ['SHA256SUMS']);
  const lines = files.map(([name, sha256]) => `${sha256}  ${name}\n`);
  await writeReleaseFile(release, 'SHA256SUMS', lines.join(''));
}

/** The release's files with their SHA-256, without these. */
async function hashFiles(
  { directory }: Release,
  without: readonly string[],
): Promise<readonly (readonly [name: string, sha256: string])[]> {
  const names = (await listReleaseFiles(directory)).filter((name) => !without.includes(name));
  const files = names.map(
    async (name) => [name, await hashFile(path.join(directory, 'files', name))] as const,
  );
  return Promise.all(files);
}

/** The names of what the page gets. */
export async function listReleaseFiles(directory: string): Promise<readonly string[]> {
  return (await readdir(path.join(directory, 'files'))).toSorted();
}
