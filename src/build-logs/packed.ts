import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { createGunzip } from 'node:zlib';
import { openRegular } from '../files/compare.ts';
import type { End } from '../files/bzip2.ts';

/**
 * A log as guix-daemon wrote it, packed as the ending of its name says. It is read as it is asked
 * for, with constant memory, and gives all that can be unpacked; only what the file system says is
 * an error.
 */
export class PackedLog implements AsyncIterable<Buffer> {
  readonly #file: string;
  #end: End = 'whole';

  constructor(file: string) {
    this.#file = file;
  }

  /** What it came to, once it has been read. */
  get end(): End {
    return this.#end;
  }

  /** What there is from a byte of the unpacked log on. */
  async *readFrom(start: number): AsyncGenerator<Buffer> {
    let toSkip = start;
    for await (const chunk of this) {
      const wanted = chunk.subarray(toSkip);
      toSkip -= chunk.length - wanted.length;
      if (wanted.length > 0) yield wanted;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    await using handle = await openRegular(this.#file);
    this.#end = yield* unpackers[this.#format](handle);
  }

  get #format(): keyof typeof unpackers {
    const [, ending] = /\.(gz|bz2)$/.exec(this.#file) ?? [];
    return ending === 'gz' || ending === 'bz2' ? ending : 'plain';
  }
}

type Unpacker = (handle: FileHandle) => AsyncGenerator<Buffer, End>;
const unpackers: { readonly [K in 'gz' | 'bz2' | 'plain']: Unpacker } = {
  gz: unpackGzip,
  bz2: unpackBzip2,
  plain: readPlain,
};

async function* readPlain(handle: FileHandle): AsyncGenerator<Buffer, End> {
  // Whoever asks may keep what they got.
  for (const piece of readPieces(handle, outputSize)) yield Buffer.from(piece);
  // Nothing in it says where it was to end.
  return 'whole';
}

async function* unpackBzip2(handle: FileHandle): AsyncGenerator<Buffer, End> {
  const bzip2 = await import('../files/bzip2.ts');
  const piece = Buffer.allocUnsafe(inputSize);
  let [at, filled] = [0, 0];
  function readByte(): number {
    if (at === filled) [at, filled] = [0, readSync(handle.fd, piece)];
    return filled === 0 ? -1 : (piece[at++] ?? -1);
  }
  return yield* bzip2.unpackBzip2(readByte);
}

async function* unpackGzip(handle: FileHandle): AsyncGenerator<Buffer, End> {
  const first = yield* gunzip(readPieces(handle, inputSize));
  if (first.fault === undefined) return 'whole';
  if (first.fault === 'unexpected end of file') return 'cut short';
  // Node loses what zlib made of a piece before it found damage there, which can be a whole log. So
  // that piece is unpacked again, byte by byte.
  const { fault, before } = yield* gunzip(readPiecesThenBytes(handle, first.before), first.given);
  // What is no gzip, and stands behind a whole one, is left alone, as gzip does.
  return fault === 'incorrect header check' && before > 1 ? 'whole' : 'damaged';
}

type Outcome = {
  /** In zlib's words. */
  readonly fault: string | undefined;
  /** How many bytes came before the piece that has the fault. */
  readonly before: number;
  /** How many bytes they stood for. */
  readonly given: number;
};

/**
 * Unpacks members that follow each other, and leaves out the first `known` bytes. While one piece is
 * unpacked, in a thread of its own, whoever asks can work on those before it.
 */
async function* gunzip(pieces: Iterable<Buffer>, known = 0): AsyncGenerator<Buffer, Outcome> {
  const unzip = createGunzip({ chunkSize: outputSize });
  let unpacked: Buffer[] = [];
  let [before, given] = [0, 0];
  let wake: (() => void) | undefined;
  unzip.on('data', (chunk: Buffer) => unpacked.push(chunk));
  // A write that meets a fault is never called back.
  unzip.on('close', () => wake?.());
  // Asked for below.
  unzip.on('error', () => {});
  function* take(): Generator<Buffer> {
    const taken = unpacked;
    unpacked = [];
    for (const chunk of taken) {
      const start = Math.max(0, known - given);
      given += chunk.length;
      if (start < chunk.length) yield chunk.subarray(start);
    }
  }
  try {
    for (const piece of pieces) {
      const written = new Promise<void>((resolve) => {
        wake = resolve;
        unzip.write(piece, () => resolve());
      });
      yield* take();
      await written;
      // Zeros behind the last member end it.
      if (unzip.errored !== null || unzip.readableEnded) break;
      before += piece.length;
    }
    unzip.end();
    if (!unzip.closed) await new Promise((resolve) => unzip.once('close', resolve));
    yield* take();
    return { fault: unzip.errored?.message, before, given };
  } finally {
    unzip.destroy();
  }
}

/** Pieces for as many bytes as it says, and then one byte each. */
function* readPiecesThenBytes(handle: FileHandle, count: number): Generator<Buffer> {
  let at = 0;
  for (const piece of readPieces(handle, inputSize)) {
    if (at < count) yield piece;
    else for (const byte of piece) yield Buffer.of(byte);
    at += piece.length;
  }
}

/** Each piece is good until the next one is asked for. */
function* readPieces({ fd }: FileHandle, length: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  for (let at = 0; ;) {
    // To wait for a thread takes longer than to read so little.
    const read = readSync(fd, buffer, 0, length, at);
    if (read === 0) return;
    at += read;
    yield buffer.subarray(0, read);
  }
}

// What has been unpacked is garbage as soon as it is written, and V8 sees only small objects in it:
// it would let 50 MB come together before it looked. With a small space for new objects it looks often.
setFlagsFromString('--scavenger-max-new-space-capacity-mb=1');

/** A byte of gzip stands for a thousand at most. */
const inputSize = 1 << 15;
// Measured with a log of 1 GB: a quarter of this takes half as long again, and more gains nothing.
const outputSize = 1 << 18;
