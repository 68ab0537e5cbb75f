import { readFile, writeFile } from 'node:fs/promises';
import { path } from 'zx';
import type { BuildJson } from './build-json.ts';
import { docker } from './docker.ts';
import type { Release } from './options.ts';
import { runStep } from './work.ts';

/** The manifests of a release: the digest of each, which has the images of all platforms. */
export type Manifests = { readonly image: string; readonly rootless: string };

/** Gives the images of all platforms one name: `VERSION`, or `VERSION-rootless`. */
export async function mergeImages(release: Release, entries: BuildJson): Promise<Manifests> {
  return {
    image: await mergeVariant(release, entries, 'image'),
    rootless: await mergeVariant(release, entries, 'rootless'),
  };
}

async function mergeVariant(
  { directory, image, version }: Release,
  entries: BuildJson,
  variant: keyof Manifests,
): Promise<string> {
  const tag = variant === 'image' ? version : `${version}-${variant}`;
  const images = Object.values(entries).map((entry) => `${image}@${entry[variant]}`);
  const output = `images/${variant}.digest`;
  await runStep(directory, {
    name: `manifest of ${variant}`,
    inputs: [tag, images],
    outputs: [output],
    make: async (at) => {
      await docker(['buildx', 'imagetools', 'create', `--tag=${image}:${tag}`, ...images]);
      const found = at('inspected');
      const words = ['--format={{json .Manifest}}', `${image}:${tag}`];
      await docker(['buildx', 'imagetools', 'inspect', ...words], found);
      const manifest: { digest: string } = JSON.parse(await readFile(found, 'utf8'));
      await writeFile(at(output), manifest.digest);
    },
  });
  return readFile(path.join(directory, output), 'utf8');
}

/** What people get who name no version: `latest`, and `rootless`. */
export async function tagNewest(
  { directory, image }: Release,
  { image: latest, rootless }: Manifests,
): Promise<void> {
  await runStep(directory, {
    name: 'newest',
    inputs: [image, latest, rootless],
    outputs: [],
    make: async () => {
      for (const [tag, digest] of Object.entries({ latest, rootless })) {
        const words = [`--tag=${image}:${tag}`, `${image}@${digest}`];
        await docker(['buildx', 'imagetools', 'create', ...words]);
      }
    },
  });
}
