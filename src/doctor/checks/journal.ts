import { existsSync } from 'node:fs';
import { guix } from '../../daemon/guix.ts';
import { isLocked } from '../../processes/locks.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { findSocket, startOwnDaemon } from '../own-daemon.ts';

/** Whether a daemon that was killed has left the database's journal. */
export const journal: Check = {
  name: 'journal',
  title: "what a crash has left of the store's database",
  examine(machine) {
    const file = guix.journal(machine.environment);
    if (!existsSync(file)) return [{ state: 'fine', text: 'no journal of the database is left' }];
    if (isLocked(file.replace(/-wal$/, '-shm'))) {
      return [{ state: 'fine', text: `${file} is in use by a daemon that runs` }];
    }
    return [left(file, machine)];
  },
};

function left(file: string, machine: Machine): Finding {
  const path = findSocket(machine);
  return {
    state: 'odd',
    text: `${file} was left by a daemon that was killed`,
    meaning:
      'Nothing is lost; but an image or a copy of the store must not be made like this. A run takes it in:',
    command: 'guix-entry-point true',
    ...(path !== undefined && { fix: () => takeIn(file, path, machine) }),
  };
}

/** SQLite does when the last who has the database open closes it. */
async function takeIn(file: string, path: string, machine: Machine): Promise<void> {
  const timeout = machine.options.daemonTimeout;
  const daemon = await startOwnDaemon(machine, { socket: path, isolates: false, timeout });
  await daemon[Symbol.asyncDispose]();
  if (existsSync(file)) throw new Error('it is still there');
}
