import { test as base } from 'vitest';
import { type Engine, succeed } from '../../scripts/engine.ts';
import { buildImage, openBuildEngine } from '../../scripts/build-engine.ts';

export { expect } from 'vitest';

/** The day that the files of these builds are of. */
export const epoch = 1_700_000_000;

/** An engine that has the image, and archives of what was built in it. */
type Built = {
  readonly engine: Engine;
  /** Archives of the image: two builds from nothing, and Guix alone. */
  readonly one: string;
  readonly other: string;
  readonly guix: string;
  /** And two of the variant's own stages. */
  readonly rootless: readonly [one: string, other: string];
};

/** The stages that the variant doesn't share with the image. */
const own = '--no-cache-filter=user-debian,guix-rootless,rootless';

/** A test with images that are built once for its file. */
export const test = base.extend<{ built: Built }>({
  built: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using engine = await openBuildEngine([], { store: 'containerd' });
      const one = await buildArchive(engine, 'one', ['--no-cache', '--target=image']);
      const other = await buildArchive(engine, 'other', ['--no-cache', '--target=image']);
      const guix = await buildArchive(engine, 'guix', ['--target=guix']);
      const variant = ['--target=rootless', own];
      const rootless = [
        await buildArchive(engine, 'one-rootless', variant),
        await buildArchive(engine, 'other-rootless', variant),
      ] as const;
      await succeed(engine, ['docker', 'load', '--input', '/var/lib/docker/one']);
      await use({ engine, one, other, guix, rootless });
    },
    { scope: 'file' },
  ],
});

/** The builder makes no file's time newer than the epoch. Returns where the archive is. */
async function buildArchive(
  engine: Engine,
  name: string,
  options: readonly string[],
): Promise<string> {
  const file = `/var/lib/docker/${name}`;
  await buildImage(engine, [
    ...options,
    '--tag=guix-entry-point',
    '--provenance=false',
    `--build-arg=SOURCE_DATE_EPOCH=${epoch}`,
    '--build-arg=VERSION=v20261127',
    '--build-arg=REVISION=198f765',
    `--output=type=oci,dest=${file},rewrite-timestamp=true,compression=uncompressed`,
  ]);
  return engine.at(file);
}
