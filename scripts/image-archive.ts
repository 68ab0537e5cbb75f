// What an OCI archive of an image holds: `docker buildx build --output type=oci,dest=FILE`.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';

/** A file of a layer: its tar header, and the SHA-256 of what is in it. */
export type LayerFile = Header & { readonly sha256: string };

/** One layer, oldest first in an image. */
export type Layer = { readonly digest: string; readonly size: number; readonly mediaType: string };

/** An image's manifest and configuration, as the OCI's image specification has them. */
export type ImageArchive = {
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
};

export type ImageConfig = {
  readonly created: string;
  readonly architecture: string;
  readonly os: string;
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly Labels?: Readonly<Record<string, string>>;
    readonly User?: string;
    readonly WorkingDir?: string;
  };
  readonly history: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[];
};

/** Reads an archive of one image. */
export async function readArchive(file: string): Promise<ImageArchive> {
  const index = await readJson<{ manifests: readonly { digest: string }[] }>(file, 'index.json');
  const [{ digest } = { digest: '' }] = index.manifests;
  type Manifest = { readonly config: { readonly digest: string }; readonly layers: Layer[] };
  const manifest = await readJson<Manifest>(file, nameBlob(digest));
  const config = await readJson<ImageConfig>(file, nameBlob(manifest.config.digest));
  return { layers: manifest.layers, config };
}

/** Reads what the files of a layer are, by their paths. */
export async function readLayer(file: string, layer: Layer): Promise<Map<string, LayerFile>> {
  const files = new Map<string, LayerFile>();
  await eachEntry(createReadStream(file), async ({ name }, content) => {
    if (name !== nameBlob(layer.digest)) return;
    const tar = layer.mediaType.endsWith('gzip') ? content.pipe(createGunzip()) : content;
    await eachEntry(tar, async (header, data) => {
      const hash = createHash('sha256');
      await pipeline(data, hash);
      files.set(header.name.replace(/\/$/, ''), { ...header, sha256: hash.digest('hex') });
    });
  });
  return files;
}

/** Its content's shape is the specification's. */
async function readJson<Content>(file: string, wanted: string): Promise<Content> {
  const found: string[] = [];
  await eachEntry(createReadStream(file), async ({ name }, content) => {
    if (name === wanted) found.push(await text(content));
  });
  if (found[0] === undefined) throw new Error(`${file} has no ${wanted}`);
  const content: Content = JSON.parse(found[0]);
  return content;
}

/** Visits the entries of a tarball one after the other; what isn't read of one is skipped. */
async function eachEntry(
  tar: Readable,
  visit: (header: Header, content: Readable) => Promise<void>,
): Promise<void> {
  const entries = extract();
  const filled = pipeline(tar, entries);
  for await (const entry of entries) {
    await visit(entry.header, Readable.from(entry));
    entry.resume();
  }
  await filled;
}

function nameBlob(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
