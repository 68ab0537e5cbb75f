import { readElf } from './elf.ts';

/** As uname(2) tells each architecture of Node. */
const machines: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  ia32: 'i686',
  arm64: 'aarch64',
  arm: 'arm',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
};

/**
 * The architecture of the program that runs us (`x86_64`), where this process is made for another one:
 * QEMU's user emulation, Rosetta. They show their guests a machine of the guests' kind, in uname(2)
 * and /proc/self/exe, too, but not by this name of it.
 */
export function findEmulation(): string | undefined {
  const machine = readElf('/proc/thread-self/exe')?.machine;
  return machine === machines[process.arch] ? undefined : machine;
}
