import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { PassThrough, pipeline, Readable, type TransformOptions } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { createGunzip } from 'node:zlib';
import { XzReadableStream } from 'xz-decompress';
import { renderSystemError } from '../../errors/system.ts';

/** How a file is packed, told from its first bytes: names are given by people. */
export type Packing = 'gzip' | 'xz' | 'bzip2' | 'none';

const signs = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['bzip2', Buffer.from('BZh')],
] as const;

export function findPacking(start: Buffer): Packing {
  const found = signs.find(([, sign]) => start.subarray(0, sign.length).equals(sign));
  return found?.[0] ?? 'none';
}

/** What a file unpacks to. */
export function openUnpacked(file: FileHandle, packing: Packing): Readable {
  if (packing === 'bzip2') return Readable.from(unpackBzip2(file));
  if (packing === 'xz') return Readable.from(unpackXz(file));
  const packed = file.createReadStream({ start: 0, autoClose: false });
  return packing === 'none' ? packed : unpackGzip(file, packed);
}

function unpackGzip(file: FileHandle, packed: Readable): Readable {
  const gunzip = createGunzip();
  // It takes zeroes for the end, which tapes have there, and drops what stands behind them.
  const flush: TransformOptions['flush'] = (done) => {
    const isEnd = hasOnlyZeroes(file, gunzip.bytesWritten);
    done(isEnd ? null : new Error('the gzip file is followed by something else'));
  };
  // What goes wrong is told by the last of them.
  return pipeline(packed, gunzip, new PassThrough({ flush }), () => undefined);
}

function hasOnlyZeroes(file: FileHandle, start: number): boolean {
  for (const piece of readPieces(file, start)) {
    if (piece.some((byte) => byte !== 0)) return false;
  }
  return true;
}

async function* unpackBzip2(file: FileHandle): AsyncGenerator<Buffer> {
  const bzip2 = await import('../../files/bzip2.ts');
  const piece = Buffer.allocUnsafe(1 << 16);
  let [at, filled, position] = [0, 0, 0];
  function readByte(): number {
    if (at === filled) {
      [at, filled] = [0, readSync(file.fd, piece, 0, piece.length, position)];
      position += filled;
    }
    return filled === 0 ? -1 : (piece[at++] ?? -1);
  }
  const end = yield* bzip2.unpackBzip2(readByte);
  if (end !== 'whole') throw new Error(`the bzip2 file is ${end}`);
}

async function* unpackXz(file: FileHandle): AsyncGenerator<Uint8Array> {
  const pieces = new XzReadableStream(ReadableStream.from(readPieces(file, 0))).values();
  try {
    for (;;) {
      // Not around the `yield`: there comes what went wrong with those who take the pieces.
      const { done, value } = await pieces.next().catch(refuseXz);
      if (done === true) return;
      yield value;
    }
  } finally {
    // Until then no other file can be unpacked by it.
    await pieces.return?.();
  }
}

function refuseXz(cause: unknown): never {
  const [code = ''] = /\d+$/.exec(renderSystemError(cause)) ?? [];
  throw new Error(`the xz file is ${xzErrors[code] ?? 'damaged'}`, { cause });
}

/** Of xz-embedded, which the library gives by their numbers (xz.h). */
const xzErrors: Readonly<Record<string, string>> = {
  '4': 'packed with a dictionary of more than 64 MiB',
  '6': 'packed in a way that is not known here',
  '8': 'cut short',
};

function* readPieces(file: FileHandle, start: number): Generator<Buffer> {
  for (let position = start; ;) {
    const piece = Buffer.allocUnsafe(1 << 16);
    const length = readSync(file.fd, piece, 0, piece.length, position);
    if (length === 0) return;
    position += length;
    yield piece.subarray(0, length);
  }
}
