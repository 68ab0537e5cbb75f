import { readProgramElf } from '../../machine/elf.ts';
import { findLargeFile } from '../../machine/files-32-bit.ts';
import { findOnPath } from '../../processes/path.ts';
import { findDaemonProgram } from '../daemon.ts';
import type { Check, Machine } from '../check.ts';

/** Whether programs of 32 bits, Git above all, can look at the files of the cache. */
export const inodes: Check = {
  name: 'inodes',
  title: 'files that programs of 32 bits can\'t look at: "Value too large"',
  examine(machine) {
    const program = listPrograms(machine).find((file) => readProgramElf(file)?.bits === 32);
    if (program === undefined)
      return [{ state: 'fine', text: `Git and ${machine.kind.program} have 64 bits` }];
    const { environment } = machine;
    const cache = environment['XDG_CACHE_HOME'] || `${environment['HOME'] ?? ''}/.cache`;
    const large = findLargeFile(cache);
    if (large === undefined) {
      return [{ state: 'fine', text: `${program} has 32 bits, which are enough for ${cache}` }];
    }
    return [
      {
        state: 'broken',
        text: `${program} has 32 bits, and ${large.path} has a larger ${large.value}`,
        meaning:
          "Git ends there with 'Value too large for defined data type'. Where the numbers are small, it works; in a tmpfs they are:",
        command: 'mount -t tmpfs -o inode32 tmpfs /mnt && XDG_CACHE_HOME=/mnt guix-entry-point …',
      },
    ];
  },
};

function listPrograms(machine: Machine): readonly string[] {
  const git = findOnPath('git', machine.environment['PATH']);
  return [git, findDaemonProgram(machine)].filter((file) => file !== undefined);
}
