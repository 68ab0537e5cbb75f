import { totalmem } from 'node:os';
import { readCgroupLimits } from '../../machine/cgroup.ts';
import { findContainer } from '../../machine/container.ts';
import type { Check, Finding, Machine } from '../check.ts';

/** Whether there is memory enough, and whether enough processes may run. */
export const limits: Check = {
  name: 'limits',
  title: 'how much memory and how many processes there may be',
  examine(machine) {
    const { memory = Infinity, processes = Infinity } = readCgroupLimits();
    const bytes = Math.min(memory, totalmem());
    const faults = [
      ...(bytes < enoughMemory ? [tellMemory(bytes, machine)] : []),
      ...(processes < enoughProcesses ? [tellProcesses(processes, machine)] : []),
    ];
    const text = `${renderMemory(bytes)} of memory, ${processes === Infinity ? 'any number of' : processes} processes`;
    return faults.length > 0 ? faults : [{ state: 'fine', text }];
  },
};

/** `guix pull` compiles Guix itself, which takes 2 GiB; to evaluate all of Nixpkgs takes more. */
const enoughMemory = 2 * 2 ** 30;
/** A parallel build of some processors. */
const enoughProcesses = 256;

function tellMemory(bytes: number, machine: Machine): Finding {
  return {
    state: 'odd',
    text: `${renderMemory(bytes)} of memory`,
    meaning: `Larger builds, and ${machine.kind.greediest} among them, are killed where it runs out. ${whereToSay(machine)}`,
    command: renderOption('--memory=4g', machine),
  };
}

function tellProcesses(count: number, machine: Machine): Finding {
  return {
    state: 'odd',
    text: `no more than ${count} processes`,
    meaning: `Builds fail with "Resource temporarily unavailable" beyond. ${whereToSay(machine)}`,
    command: renderOption('--pids-limit=-1', machine),
  };
}

function whereToSay({ given }: Machine): string {
  return findContainer(given) === 'machine'
    ? 'It is the limit of a control group, or of the machine:'
    : 'It is said where the container is started:';
}

function renderOption(option: string, { given }: Machine): string {
  const container = findContainer(given);
  if (container === 'machine') return 'systemctl show --property=MemoryMax,TasksMax user.slice';
  return `${container === 'Podman container' ? 'podman' : 'docker'} run ${option} …`;
}

function renderMemory(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
