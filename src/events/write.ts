import { writeSync } from 'node:fs';
import { errorCode } from '../errors/system.ts';

/** Writes all of it at once, to stdout (1) or stderr (2), however slowly it is read. */
export function writeWhole(descriptor: 1 | 2, text: string | Buffer): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      // Whoever shares the descriptor with us may have made it non-blocking.
      if (errorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));
