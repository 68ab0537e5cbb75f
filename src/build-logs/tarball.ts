import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { waitForEnds } from '../files/ends.ts';
import { openReplacement } from '../files/replacement.ts';
import { writeWhole } from '../files/write.ts';

/** A `.tar.gz` that is being written, and has no name that anybody waits for until it is whole. */
export type Tarball = AsyncDisposable & {
  /**
   * Adds a file. If that fails the tarball is as it was before: nobody can say beforehand that the
   * content will come as promised, and the header has told its size by then.
   */
  readonly append: (entry: Entry) => Promise<void>;
  /** Adds the last one, and gives the tarball its name. */
  readonly finish: (entry: Entry) => Promise<void>;
};

export type Entry = {
  readonly name: string;
  /** How many bytes there are; when it comes to more or fewer, that is an error. */
  readonly size: number;
  /** When it was written, in milliseconds since the epoch. */
  readonly writtenAt: number;
  readonly content: AsyncIterable<Buffer>;
};

/**
 * Opens a tarball that is to take the place of an older one, or none; without `finish` nothing is left
 * of it. Each entry is gzipped by itself, so that one that fails can be cut off again: gzip files
 * behind each other are a gzip file (RFC 1952, 2.2).
 */
export async function openTarball(file: string): Promise<Tarball> {
  const { handle, finish, [Symbol.asyncDispose]: dispose } = await openReplacement(file);
  let length = 0;

  async function add(entry: Entry, place: 'inside' | 'last'): Promise<void> {
    let end = length;
    try {
      await encode(entry, place, async (chunk) => {
        writeWhole(handle, chunk, end);
        end += chunk.length;
      });
    } catch (error) {
      await handle.truncate(length);
      throw error;
    }
    length = end;
  }
  return {
    append: (entry) => add(entry, 'inside'),
    async finish(entry) {
      await add(entry, 'last');
      await finish();
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Writes one entry, gzipped; behind the last one stands the mark that ends a tar archive. */
async function encode(
  { name, size, writtenAt, content }: Entry,
  place: 'inside' | 'last',
  write: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const tar = pack();
  const file = tar.entry({ name, size, mode: 0o644, mtime: new Date(writtenAt) });
  async function fill(): Promise<void> {
    await pipeline(content, file);
    if (place === 'last') tar.finalize();
    else tar.push(null);
  }
  const written = pipeline(
    tar,
    createGzip({ level: quick }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await write(chunk);
    },
  );
  await waitForEnds(written, fill());
}

/** Whoever waits for the run waits for this: half the time of the usual 6, for a tenth more bytes. */
const quick = 3;
