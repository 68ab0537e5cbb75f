// The small files of a release. They are written each time: what they say is known by then.
import { readFile } from 'node:fs/promises';
import { path } from 'zx';
import type { BuildJson } from './build-json.ts';
import { writeWhole } from './files.ts';
import type { Release } from './options.ts';
import { Refusal } from './refusal.ts';

/** Writes a file that people find on the page. */
export function writeReleaseFile(release: Release, name: string, text: string): Promise<void> {
  return writeWhole(path.join(release.directory, 'files', name), text);
}

/** Where people find such a file: of this release, or of an older one. */
export function urlOfFile(
  { server, repository, version: own }: Release,
  name: string,
  version = own,
): string {
  return `${server}/${repository}/releases/download/${version}/${name}`;
}

/** JSON as people read it. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

export function writeVersion(release: Release): Promise<void> {
  return writeReleaseFile(release, 'VERSION', `${release.version}\n`);
}

/** The architectures of one release have the same Guix. */
export async function writeChannels(release: Release, built: BuildJson): Promise<void> {
  const [first, ...others] = await Promise.all(
    Object.keys(built).map(async (system) => {
      const file = path.join(release.directory, 'pulled', `${system}.scm`);
      return { system, text: await readFile(file, 'utf8') };
    }),
  );
  if (first === undefined) throw new Refusal('Nothing has been built that has channels');
  const other = others.find(({ text }) => text !== first.text);
  if (other === undefined) return writeReleaseFile(release, 'channels.scm', first.text);
  throw new Refusal(
    `The channels of ${first.system} and ${other.system} differ: one of them has to be built again`,
  );
}

export function writeBuildJson(release: Release, entries: BuildJson): Promise<void> {
  return writeReleaseFile(release, 'build.json', formatJson(entries));
}

/**
 * The names of what the page gets: what tells of the release, and what was built. A platform that failed
 * may have left some of its files.
 */
export function listReleaseFiles(built: BuildJson): readonly string[] {
  const assets = Object.values(built).flatMap((entry) => [entry, entry.cache, entry.executable]);
  const names = assets.map(({ url }) => path.basename(url));
  return [...names, ...telling].toSorted();
}

const telling = [
  ...['VERSION', 'channels.scm', 'build.json'],
  ...['sbom.spdx.json', 'provenance.json', 'SHA256SUMS'],
];
