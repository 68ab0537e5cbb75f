import { isUtf8 } from 'node:buffer';
import {
  accessSync,
  constants,
  createReadStream,
  lstatSync,
  readdirSync,
  readlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack as openPack, type Pack } from 'tar-stream';
import { EntryPointError, type Failure } from '../errors/failure.ts';
import { isFull, renderSystemError } from '../errors/system.ts';
import { quoteWords } from '../events/quote.ts';
import { makeDirectory } from '../files/directory.ts';
import { waitForEnds } from '../files/ends.ts';
import { openReplacement, requireReplaceable } from '../files/replacement.ts';
import { writeWhole } from '../files/write.ts';
import type { Shelves } from './shelves.ts';

/** Sees to it that an archive can be written, before anybody waits for what is to be in it. */
export async function preparePack(file: string): Promise<void> {
  try {
    await requireReplaceable(file);
    makeDirectory(dirname(file));
    accessSync(dirname(file), constants.W_OK);
  } catch (cause) {
    throw new EntryPointError(toLost(file, cause), { cause });
  }
}

function toLost(file: string, error: unknown): Failure {
  return { kind: 'pack-lost', file, isFull: isFull(error), reason: renderSystemError(error) };
}

type Packing = {
  readonly shelves: Pick<Shelves, 'locate'>;
  readonly file: string;
  readonly signal: AbortSignal;
};

/**
 * Writes a `.tar.gz` that unpacks at `/` to where builds have found each item. Nothing in it depends on
 * when, where or by whom it is made.
 */
export async function packItems(
  items: readonly string[],
  { shelves, file, signal }: Packing,
): Promise<void> {
  try {
    const packed = items.map((item) => ({ real: shelves.locate(item), name: nameItem(item) }));
    await using replacement = await openReplacement(file);
    const archive = openPack();
    const write = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks) writeWhole(replacement.handle, chunk);
    };
    const written = pipeline(archive, createGzip({ level: 9 }), write, { signal });
    await waitForEnds(written, fill(archive, packed));
    await replacement.finish();
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof EntryPointError) throw cause;
    throw new EntryPointError(toLost(file, cause), { cause });
  }
}

/** Something of a store: where it is, and what the archive has it as. */
type Packed = { readonly real: string; readonly name: string };

async function fill(archive: Pack, items: readonly Packed[]): Promise<void> {
  const sorted = items.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  try {
    for (const item of sorted) await add(archive, item);
    archive.finalize();
  } catch (error) {
    // Who writes it waits for its end.
    archive.destroy();
    throw error;
  }
}

/** As the store has them: root's, written one second after the epoch. */
const everywhere = { uid: 0, gid: 0, mtime: new Date(1000) };

async function add(archive: Pack, { real, name }: Packed): Promise<void> {
  const found = lstatSync(real);
  const header = { ...everywhere, name, mode: found.mode & 0o777 };
  if (found.isSymbolicLink()) {
    archive.entry({
      ...header,
      mode: 0o777,
      type: 'symlink',
      linkname: readText(readlinkSync(real, 'buffer'), real),
    });
  } else if (found.isDirectory()) {
    archive.entry({ ...header, type: 'directory' });
    const names = readdirSync(real, 'buffer').map((bytes) => readText(bytes, real));
    for (const inner of names.toSorted()) {
      await add(archive, { real: join(real, inner), name: `${name}/${inner}` });
    }
  } else {
    await pipeline(createReadStream(real), archive.entry({ ...header, size: found.size }));
  }
}

/** Names in the archive are text: any others would be lost. */
function readText(bytes: Buffer, item: string): string {
  if (isUtf8(bytes)) return bytes.toString();
  const reason = `${quoteWords([bytes.toString()])} is no name in UTF-8`;
  throw new EntryPointError({ kind: 'item-unpackable', item, reason });
}

/** What the archive calls an item, so that it gets to where builds have found it: `store0/…`. */
function nameItem(output: string): string {
  return output.slice(1);
}
