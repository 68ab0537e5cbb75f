import { statSync } from 'node:fs';
import { join } from 'node:path';
import { findContainer } from '../../machine/container.ts';
import type { Check, Machine } from '../check.ts';

/** Whether the clock is before something that has happened. */
export const clock: Check = {
  name: 'clock',
  title: 'whether the clock is behind',
  examine(machine) {
    const now = Date.now();
    const later = listWitnesses(machine).find(({ time }) => time > now + tolerance);
    if (later === undefined) {
      return [{ state: 'fine', text: `the clock says ${render(now)}` }];
    }
    const isMachine = findContainer(machine.given) === 'machine';
    return [
      {
        state: 'broken',
        text: `the clock says ${render(now)}, and ${later.file} is of ${render(later.time)}`,
        meaning: `Certificates and keys that are not valid yet make connections fail. ${isMachine ? '' : 'A container has the clock of its machine. '}To set it:`,
        command: 'timedatectl set-ntp true',
      },
    ];
  },
};

/** An hour: machines that share files needn't agree to the second. */
const tolerance = 3_600_000; // ms

type Witness = { readonly file: string; readonly time: number };

/** What was written when it had its time: this program, and the store's database, at the last build. */
function listWitnesses({ kind, environment }: Machine): readonly Witness[] {
  const database = join(kind.stateDirectory(environment), 'db/db.sqlite');
  return [process.execPath, database].flatMap((file) => {
    const time = readTime(file);
    return time === undefined ? [] : [{ file, time }];
  });
}

function readTime(file: string): number | undefined {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}

/** To the minute, in UTC. */
function render(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
