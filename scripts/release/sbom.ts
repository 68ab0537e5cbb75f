// An SPDX document: what npm says of the program, and what the images have beside it.
import { readFile } from 'node:fs/promises';
import { $, path } from 'zx';
import type { BuildJson, Entry } from './build-json.ts';
import { parseChannels } from './channels.ts';
import type { Release } from './options.ts';
import { formatJson, urlOfFile, writeReleaseFile } from './release-files.ts';
import { formatTime } from './time.ts';

const repository = path.join(import.meta.dirname, '../..');

/** As much of SPDX 2.3 as is added to; npm's own packages say more. */
type Package = {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo: string;
  readonly downloadLocation: 'NOASSERTION';
  readonly filesAnalyzed: false;
  readonly comment?: string;
  readonly externalRefs: readonly {
    readonly referenceCategory: 'PACKAGE-MANAGER';
    readonly referenceType: 'purl';
    readonly referenceLocator: string;
  }[];
};

type Relationship = {
  readonly spdxElementId: string;
  readonly relatedSpdxElement: string;
  readonly relationshipType: 'CONTAINS' | 'DESCRIBES';
};

type Document = {
  readonly packages: readonly (Package | { readonly SPDXID: string })[];
  readonly relationships: readonly Relationship[];
  readonly documentDescribes: readonly string[];
};

/** Describes the images of all platforms: an older one by its digest, and where more is said of it. */
export async function writeSbom(
  release: Release,
  { built, entries }: { readonly built: BuildJson; readonly entries: BuildJson },
): Promise<void> {
  const document = await describeProgram();
  const guix = await describeGuix(release);
  const images = await Promise.all(
    Object.entries(built).map(([system, entry]) => describeImages(release, system, entry)),
  );
  const older = Object.entries(entries).filter(([system]) => !(system in built));
  const roots = images.flatMap((image) => image.roots);
  const olderRoots = older.flatMap(([system, entry]) => describeRoots(release, system, entry));
  const [program = ''] = document.documentDescribes;
  const inAll = [program, ...guix.map(({ SPDXID }) => SPDXID)];
  const sbom = {
    ...document,
    name: `guix-entry-point ${release.version}`,
    // npm's are of the moment, and at random: the same release has the same.
    documentNamespace: urlOfFile(release, 'sbom.spdx.json'),
    creationInfo: {
      created: formatTime(release.time),
      creators: ['Tool: guix-entry-point/scripts/release', 'Tool: npm'],
    },
    documentDescribes: [
      ...document.documentDescribes,
      ...[...roots, ...olderRoots].map(({ SPDXID }) => SPDXID),
    ],
    packages: [
      ...document.packages,
      ...[...guix, ...roots, ...olderRoots],
      ...images.flatMap(({ packages }) => packages),
    ],
    relationships: [
      ...document.relationships,
      ...roots.flatMap((root) => inAll.map((id) => contains(root.SPDXID, id))),
      ...images.flatMap((image) =>
        image.roots.flatMap((root) =>
          image.packages.map(({ SPDXID }) => contains(root.SPDXID, SPDXID)),
        ),
      ),
    ],
  };
  await writeReleaseFile(release, 'sbom.spdx.json', formatJson(sbom));
}

/** What is bundled: the lock file says it, whatever is installed. */
async function describeProgram(): Promise<Document> {
  const words = ['--sbom-format=spdx', '--omit=dev', '--package-lock-only'];
  const { stdout } = await $({ cwd: repository, quiet: true })`npm sbom ${words}`;
  return JSON.parse(stdout);
}

/** The channels, which have all that Guix is made of. */
async function describeGuix({ directory }: Release): Promise<readonly Package[]> {
  const file = path.join(directory, 'files/channels.scm');
  return parseChannels(await readFile(file, 'utf8'), file).map(({ name, url, commit }) =>
    describePackage(`channel-${name}`, {
      name,
      version: commit,
      purl: `pkg:generic/${name}@${commit}?vcs_url=${encodeURIComponent(`git+${url}@${commit}`)}`,
    }),
  );
}

/** The images of a platform, and Debian's packages, which are the same in both. */
async function describeImages(
  release: Release,
  system: string,
  entry: Entry,
): Promise<{ readonly roots: readonly Package[]; readonly packages: readonly Package[] }> {
  const text = await readFile(path.join(release.directory, 'packages', `${system}.tsv`), 'utf8');
  const lines = text.trimEnd().split('\n');
  const packages = lines.map((line) => {
    const [name = '', version = '', architecture = ''] = line.split('\t');
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
    return describePackage(`deb-${system}-${name}`, { name, version, purl });
  });
  return { roots: describeRoots(release, system, entry), packages };
}

function describeRoots(release: Release, system: string, entry: Entry): readonly Package[] {
  const name = path.basename(release.image);
  const { version } = entry;
  const sbom = urlOfFile(release, 'sbom.spdx.json', version);
  return (['image', 'rootless'] as const).map((variant) => {
    const digest = entry[variant];
    const purl = `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${release.image}`;
    const root = describePackage(`${variant}-${system}`, { name, version: digest, purl });
    return version === release.version
      ? root
      : { ...root, comment: `What is in it is told by ${sbom}` };
  });
}

function describePackage(
  id: string,
  {
    name,
    version,
    purl,
  }: { readonly name: string; readonly version: string; readonly purl: string },
): Package {
  return {
    SPDXID: `SPDXRef-${id.replaceAll(/[^A-Za-z0-9.-]/g, '-')}`,
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
    ],
  };
}

function contains(spdxElementId: string, relatedSpdxElement: string): Relationship {
  return { spdxElementId, relatedSpdxElement, relationshipType: 'CONTAINS' };
}
