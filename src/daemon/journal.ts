import { existsSync } from 'node:fs';
import { isLocked } from '../processes/locks.ts';

// The journal of a store's database, `db.sqlite-wal`: an image layer or a copy of the store must not be
// made while it holds something. SQLite takes it in when the last who has the database open closes it:
// whoever is killed leaves it, and so does a session of Nix 2.34, which ends without closing anything.

/** What is to be known of a journal. */
export type JournalState = 'absent' | 'in use' | 'left';

/** Who has the database open keeps locks in the journal's index. */
export function lookAtJournal(file: string): JournalState {
  if (!existsSync(file)) return 'absent';
  return isLocked(file.replace(/-wal$/, '-shm')) ? 'in use' : 'left';
}

/** How long others may hold a lock on the database. */
const othersTake = 1000; // ms

/** Has a journal that was left taken in: we are the last who closes the database. */
export async function takeIn(file: string): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file.replace(/-wal$/, ''), { timeout: othersTake });
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}
