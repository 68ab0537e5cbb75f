import { readFile, writeFile } from 'node:fs/promises';
import { path } from 'zx';
import type { BuildJson } from './build-json.ts';
import { docker } from './docker.ts';
import type { Release } from './options.ts';
import { runStep } from './work.ts';

const output = 'images/digest';

/** Gives the images of all architectures one name, the release's, and `latest`; returns its digest. */
export async function mergeImages(release: Release, entries: BuildJson): Promise<string> {
  const { directory, image, version } = release;
  const digests = Object.values(entries).map((entry) => entry.image);
  await runStep(directory, {
    name: 'manifest',
    inputs: [image, version, digests],
    outputs: [output],
    make: async (at) => {
      const tags = [version, 'latest'].map((tag) => `--tag=${image}:${tag}`);
      const images = digests.map((digest) => `${image}@${digest}`);
      await docker(['buildx', 'imagetools', 'create', ...tags, ...images]);
      const found = at('inspected');
      const words = ['--format={{json .Manifest}}', `${image}:${version}`];
      await docker(['buildx', 'imagetools', 'inspect', ...words], { output: found });
      const manifest: { digest: string } = JSON.parse(await readFile(found, 'utf8'));
      await writeFile(at(output), manifest.digest);
    },
  });
  return readFile(path.join(directory, output), 'utf8');
}
