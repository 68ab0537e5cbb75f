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
 * The architecture that is emulated for us (`aarch64`): by QEMU's user emulation, Rosetta.
 * `undefined`: we run as we are.
 */
export function findEmulation(): string | undefined {
  const ours = machines[process.arch];
  return [ours, undefined].includes(findMachine()) ? undefined : ours;
}

/**
 * The architecture of the program that the kernel runs for us: it is ours, or the emulator's. An
 * emulator shows its guest a machine of the guest's kind, in uname(2) and /proc/self/exe, too, but not
 * by this other name of that.
 */
export function findMachine(): string | undefined {
  return readElf('/proc/thread-self/exe')?.machine;
}
