import { closeSync, writeSync } from 'node:fs';
import { callSystem } from './libc.ts';

/** The two ends of a pipe(2), closed on exec. */
export function openPipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const ends = Buffer.alloc(8);
  callSystem('pipe2', ends, closeOnExec);
  const [readEnd = 0, writeEnd = 0] = new Int32Array(ends.buffer, ends.byteOffset, 2);
  return { readEnd, writeEnd };
}

/** Node's constants don't have O_CLOEXEC; the same number on all of Linux's architectures of ours. */
const closeOnExec = 0o2000000;

/** The name by which another process of ours can open a descriptor of ours. */
export function nameDescriptor(descriptor: number): string {
  return `/proc/${process.pid}/fd/${descriptor}`;
}

/** A name under which a child can read a text, once; there is no file. */
export function offerText(text: string): string {
  const { readEnd, writeEnd } = openPipe();
  writeSync(writeEnd, text);
  closeSync(writeEnd);
  return nameDescriptor(readEnd);
}
