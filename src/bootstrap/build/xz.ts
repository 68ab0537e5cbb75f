import { Readable } from 'node:stream';
import { XzReadableStream } from 'xz-decompress';

/** The unpacked bytes of an xz file. */
export function unpackXz(packed: Readable): Readable {
  return Readable.from(readAll(new XzReadableStream(Readable.toWeb(packed))));
}

async function* readAll(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* stream;
}
