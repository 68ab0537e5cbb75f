import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../../processes/clock.ts';
import { isLocked } from '../../processes/locks.ts';
import { askDaemon } from '../answers.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { findGivenTo } from '../owner.ts';
import { findSocket, startOwnDaemon } from '../own-daemon.ts';

/** Whether a daemon that was killed has left the database's journal. */
export const journal: Check = {
  name: 'journal',
  title: "what a crash has left of the store's database",
  async examine(machine) {
    const file = machine.kind.journal(machine.environment);
    const state = await settle(file);
    if (state === 'absent') return [{ state: 'fine', text: 'no journal of the database is left' }];
    // Its sessions come and go, and each takes the journal in.
    if (state === 'in use' || (await askDaemon(machine))?.is === 'ready') {
      return [{ state: 'fine', text: `${file} is in use by a daemon that runs` }];
    }
    return [left(file, machine)];
  },
};

type State = 'absent' | 'in use' | 'left';

/** A session that is closing has let go of its locks a moment before the journal is gone. */
async function settle(file: string): Promise<State> {
  const last = now() + closingTakes;
  for (;;) {
    const state = look(file);
    if (state !== 'left' || now() >= last) return state;
    await delay(lookEvery);
  }
}

const closingTakes = 200; // ms
const lookEvery = 10; // ms

function look(file: string): State {
  if (!existsSync(file)) return 'absent';
  return isLocked(file.replace(/-wal$/, '-shm')) ? 'in use' : 'left';
}

function left(file: string, machine: Machine): Finding {
  // A daemon of root's would take the store from whom it was given to.
  const path = findGivenTo(machine) === undefined ? findSocket(machine) : undefined;
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
