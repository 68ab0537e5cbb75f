// What an OCI archive of an image holds: `docker buildx build --output type=oci,dest=FILE`.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { type Entry, extract, type Headers } from 'tar-stream';

/** A file of a layer: its tar header, and the SHA-256 of what is in it. */
export type LayerFile = Headers & { readonly sha256: string };

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
  for await (const entry of entriesOf(createReadStream(file))) {
    if (entry.header.name !== nameBlob(layer.digest)) entry.resume();
    else
      await readFiles(layer.mediaType.endsWith('gzip') ? entry.pipe(createGunzip()) : entry, files);
  }
  return files;
}

async function readFiles(tar: Readable, files: Map<string, LayerFile>): Promise<void> {
  for await (const entry of entriesOf(tar)) {
    const hash = createHash('sha256');
    for await (const chunk of entry as AsyncIterable<Buffer>) hash.update(chunk);
    files.set(entry.header.name.replace(/\/$/, ''), {
      ...entry.header,
      sha256: hash.digest('hex'),
    });
  }
}

/** Its content's shape is the specification's. */
async function readJson<Content>(file: string, name: string): Promise<Content> {
  for await (const entry of entriesOf(createReadStream(file))) {
    if (entry.header.name !== name) entry.resume();
    else return JSON.parse((await buffer(entry)).toString('utf8')) as Content;
  }
  throw new Error(`${file} has no ${name}`);
}

function entriesOf(tar: Readable): AsyncIterable<Entry> {
  return tar.pipe(extract());
}

function nameBlob(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
