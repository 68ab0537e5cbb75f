import { closeSync, openSync, readSync } from 'node:fs';

/** What a program or a library is made for, from the first bytes of its file: see elf(5). */
export type Elf = {
  readonly bits: 32 | 64;
  /** As uname(2) tells it, of those that Guix is made for, and the number of others. */
  readonly machine: string;
};

/** `undefined` if the file can't be read, or is none. */
export function readElf(file: string): Elf | undefined {
  const header = readBeginning(file, elfHeader);
  return header === undefined ? undefined : parseElf(header);
}

/** The same of a program, which may be a script: then it is for what its interpreter is for. */
export function readProgramElf(file: string): Elf | undefined {
  const [, interpreter] =
    /^#! *(\S+)/.exec(readBeginning(file, longestLine)?.toString() ?? '') ?? [];
  return readElf(interpreter ?? file);
}

const elfHeader = 20; // bytes: as much as is looked at
/** The kernel reads no more of it. */
const longestLine = 256; // bytes

/** From its first 20 bytes, or their pattern as binfmt_misc has it. */
export function parseElf(header: Buffer): Elf | undefined {
  if (header.length < elfHeader || header.readUInt32BE(0) !== 0x7f_45_4c_46) return undefined;
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

/** As much of it as there is. */
function readBeginning(file: string, length: number): Buffer | undefined {
  const beginning = Buffer.alloc(length);
  try {
    const descriptor = openSync(file, 'r');
    try {
      return beginning.subarray(0, readSync(descriptor, beginning, 0, length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
