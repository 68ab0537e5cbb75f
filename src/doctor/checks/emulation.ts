import { explainObstacle } from '../../hints/obstacle.ts';
import { findContainer } from '../../machine/container.ts';
import { readProgramElf } from '../../machine/elf.ts';
import { findEmulation, findMachine } from '../../machine/emulation.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { findDaemonProgram } from '../daemon.ts';

/** Whether programs run on this machine's processor, or on one that is emulated. */
export const emulation: Check = {
  name: 'emulation',
  title: 'whether this machine is emulated',
  examine(machine) {
    const native = findMachine();
    if (native === undefined) return [];
    const guest = findEmulation() ?? findForeignDaemon(machine, native);
    if (guest !== undefined) return [tellEmulated({ guest, native }, machine)];
    return [{ state: 'fine', text: `programs run as they are, on ${native}` }];
  },
};

/** Our own program runs as it is, and that of the daemon may not. */
function findForeignDaemon(machine: Machine, native: string): string | undefined {
  const program = findDaemonProgram(machine);
  const daemon = program === undefined ? undefined : readProgramElf(program)?.machine;
  return daemon === undefined || runs(native, daemon) ? undefined : daemon;
}

/** What processors run beside their own. */
const others: Readonly<Record<string, readonly string[]>> = { x86_64: ['i686'], aarch64: ['arm'] };

function runs(native: string, machine: string): boolean {
  return machine === native || (others[native]?.includes(machine) ?? false);
}

type Pair = { readonly guest: string; readonly native: string };

function tellEmulated({ guest, native }: Pair, { given }: Machine): Finding {
  const obstacle = { is: 'emulated', machine: guest } as const;
  const { meaning, command } = explainObstacle(obstacle, findContainer(given));
  const text = `${guest} is emulated on this ${native}`;
  return {
    state: 'odd',
    text,
    meaning: `Everything takes several times as long, and builds can't be isolated. ${meaning}`,
    command,
  };
}
