import { closeSync, openSync, readSync } from 'node:fs';

/** What a program or a library is made for, from the first bytes of its file: see elf(5). */
export type Elf = {
  readonly bits: 32 | 64;
  /** As uname(2) tells it, of those that Guix is made for, and the number of others. */
  readonly machine: string;
};

/** `undefined` if the file can't be read, or is none: a script. */
export function readElf(file: string): Elf | undefined {
  const header = readBeginning(file);
  if (header === undefined || header.readUInt32BE(0) !== 0x7f_45_4c_46) return undefined;
  const isBigEndian = header[5] === 2;
  const number = isBigEndian ? header.readUInt16BE(18) : header.readUInt16LE(18);
  return { bits: header[4] === 1 ? 32 : 64, machine: machines[number] ?? `machine ${number}` };
}

const machines: Readonly<Record<number, string>> = {
  3: 'i686',
  21: 'ppc64le',
  40: 'arm',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
};

function readBeginning(file: string): Buffer | undefined {
  const header = Buffer.alloc(20);
  try {
    const descriptor = openSync(file, 'r');
    try {
      return readSync(descriptor, header, 0, 20, 0) === 20 ? header : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
