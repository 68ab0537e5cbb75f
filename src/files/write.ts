import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/**
 * Writes all of a chunk, at a byte of the file or else behind what was written last. A file may take
 * less than it is given, for one when the disk is nearly full. It goes to the page cache: to wait for
 * a thread that does it would take longer.
 */
export function writeWhole({ fd }: Pick<FileHandle, 'fd'>, chunk: Buffer, position?: number): void {
  for (let written = 0; written < chunk.length;) {
    const place = position === undefined ? null : position + written;
    written += writeSync(fd, chunk, written, chunk.length - written, place);
  }
}
