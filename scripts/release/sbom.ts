// An SPDX document: what npm says of the program, and what the images have beside it.
import { readFile } from 'node:fs/promises';
import { $, path } from 'zx';
import type { BuildJson } from './build-json.ts';
import type { Release } from './options.ts';
import { formatJson, writeReleaseFile } from './release-files.ts';

const repository = path.join(import.meta.dirname, '../..');

/** As much of SPDX 2.3 as is added to; npm's own packages say more. */
type Package = {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo: string;
  readonly downloadLocation: 'NOASSERTION';
  readonly filesAnalyzed: false;
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

export async function writeSbom(release: Release, built: BuildJson): Promise<void> {
  const document = await describeProgram();
  const guix = await describeGuix(release);
  const images = await Promise.all(
    Object.entries(built).map(([system, { image }]) => describeImage(release, system, image)),
  );
  const roots = images.map(({ root }) => root);
  const [program = ''] = document.documentDescribes;
  const contained = roots.flatMap(({ SPDXID }) =>
    [program, ...guix.map((it) => it.SPDXID)].map((id) => contains(SPDXID, id)),
  );
  const sbom = {
    ...document,
    name: `guix-entry-point ${release.version}`,
    // npm's are of the moment, and at random: the same release has the same.
    documentNamespace: `${release.server}/${release.repository}/releases/download/${release.version}/sbom.spdx.json`,
    creationInfo: {
      created: new Date(release.time * 1000).toISOString().replace(/\.\d+/, ''),
      creators: ['Tool: guix-entry-point/scripts/release', 'Tool: npm'],
    },
    documentDescribes: [...document.documentDescribes, ...roots.map(({ SPDXID }) => SPDXID)],
    packages: [...document.packages, ...guix, ...roots, ...images.flatMap((it) => it.packages)],
    relationships: [
      ...document.relationships,
      ...contained,
      ...images.flatMap(({ root, packages }) =>
        packages.map(({ SPDXID }) => contains(root.SPDXID, SPDXID)),
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
  const text = await readFile(path.join(directory, 'files/channels.scm'), 'utf8');
  return findChannels(text).map(({ name, url, commit }) =>
    describePackage(`channel-${name}`, {
      name,
      version: commit,
      purl: `pkg:generic/${name}@${commit}?vcs_url=${encodeURIComponent(`git+${url}@${commit}`)}`,
    }),
  );
}

/** The channels of a channels.scm that are pinned to a commit. */
export function findChannels(
  text: string,
): readonly { readonly name: string; readonly url: string; readonly commit: string }[] {
  const channels = text.split('(channel\n').slice(1);
  return channels.flatMap((channel) => {
    const name = /\(name '([^)\s]+)\)/.exec(channel)?.[1];
    const url = /\(url\s+"([^"]+)"\)/.exec(channel)?.[1];
    const commit = /\(commit\s+"([0-9a-f]{40})"\)/.exec(channel)?.[1];
    if (name === undefined || url === undefined || commit === undefined) return [];
    return [{ name, url, commit }];
  });
}

/** An image, and Debian's packages in it. */
async function describeImage(
  { directory, image }: Release,
  system: string,
  digest: string,
): Promise<{ readonly root: Package; readonly packages: readonly Package[] }> {
  const text = await readFile(path.join(directory, 'packages', `${system}.tsv`), 'utf8');
  const lines = text.trimEnd().split('\n');
  const packages = lines.map((line) => {
    const [name = '', version = '', architecture = ''] = line.split('\t');
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
    return describePackage(`deb-${system}-${name}`, { name, version, purl });
  });
  const name = path.basename(image);
  const purl = `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${image}`;
  return { root: describePackage(`image-${system}`, { name, version: digest, purl }), packages };
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
