import { setTimeout as delay } from 'node:timers/promises';
import { type JournalState, lookAtJournal, takeIn } from '../../daemon/journal.ts';
import { now } from '../../processes/clock.ts';
import { askDaemon } from '../answers.ts';
import type { Check, Finding } from '../check.ts';

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
    return [left(file)];
  },
};

/** A session that is closing has let go of its locks a moment before the journal is gone. */
async function settle(file: string): Promise<JournalState> {
  const last = now() + closingTakes;
  for (;;) {
    const state = lookAtJournal(file);
    if (state !== 'left' || now() >= last) return state;
    await delay(lookEvery);
  }
}

const closingTakes = 200; // ms
const lookEvery = 10; // ms

function left(file: string): Finding {
  return {
    state: 'odd',
    text: `${file} was left by a daemon that was killed`,
    meaning:
      'Nothing is lost; but an image or a copy of the store must not be made like this. A run takes it in:',
    command: 'guix-entry-point true',
    async fix() {
      await takeIn(file);
      if (lookAtJournal(file) === 'left') throw new Error('it is still there');
    },
  };
}
