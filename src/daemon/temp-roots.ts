import {
  closeSync,
  existsSync,
  type FSWatcher,
  openSync,
  readdirSync,
  readFileSync,
  watch,
} from 'node:fs';
import { basename, join } from 'node:path';
import { isOurProgram, listLineage, readCommandLine, readVariable } from '../processes/proc.ts';
import type { Client, Kind } from './kind.ts';

// What a session works with is not to be collected as garbage meanwhile: it lists these store items in
// a file of its own, `temproots/PID`, each with a zero behind it. These are the derivations that its
// client has handed over, and the outputs of all that are to be built, also of those that then never
// are. So this file says what a run wanted, whatever language its client speaks. It is gone with its
// session, and is held open from its first moment for that reason.

/** A session of this run, as far as it matters afterwards. */
export type Session = {
  /** Its client wants the other builds to go on when one has failed. */
  readonly keepsGoing: boolean;
  /** In milliseconds since the epoch; `Infinity` while it works. */
  endedAt: number;
};

/** The store items that sessions have listed. */
export type ListedItems = {
  /** By those of this run, each with the last session that did. */
  readonly ours: ReadonlyMap<string, Session>;
  /** By those of others, who may want the same. */
  readonly others: ReadonlySet<string>;
  /** No session has been missed: what isn't among `ours` isn't this run's. */
  readonly isComplete: boolean;
};

/** The sessions of a daemon, followed. */
export type TempRoots = Disposable & {
  /** What they have listed so far. */
  readonly listItems: () => ListedItems;
};

type OpenSession = Session & { readonly file: number; readonly isOurs: boolean };

/**
 * Follows the sessions that begin from now on, in a daemon's directory `temproots`. `onFirst` is called
 * when the first one does, or at once where they can't be followed.
 */
export function followTempRoots(
  directory: string,
  { clients, keepsGoing }: Pick<Kind, 'clients' | 'keepsGoing'>,
  onFirst: () => void,
): TempRoots {
  const ours = new Map<string, Session>();
  const others = new Set<string>();
  /** By their numbers; nothing is known of those that were there before. */
  const sessions = new Map<string, OpenSession | undefined>();
  let isComplete = true;
  /** No session was seen at all: where something has been built, this is not the daemon's directory. */
  let isQuiet = true;

  function begin(name: string): void {
    const client = findClient(Number(name), clients);
    sessions.set(name, {
      file: openSync(join(directory, name), 'r'),
      isOurs: client !== 'not ours',
      keepsGoing: typeof client === 'string' || keepsGoing(describeClient(client)),
      endedAt: Number.POSITIVE_INFINITY,
    });
  }
  function readOn(session: OpenSession | undefined): void {
    if (session === undefined) return;
    const read = readFileSync(session.file, 'utf8').split('\0');
    for (const item of read.filter(Boolean)) {
      if (session.isOurs) ours.set(item, session);
      else others.add(item);
    }
  }
  function finish(name: string): void {
    const session = sessions.get(name);
    sessions.delete(name);
    if (session === undefined) return;
    // Rounded up: the time of a log has fractions, and those of its last millisecond count.
    session.endedAt = Date.now() + 1;
    try {
      readOn(session);
    } finally {
      closeSync(session.file);
    }
  }
  function notice(name: string): void {
    if (isQuiet) onFirst();
    isQuiet = false;
    const hasEnded = sessions.has(name);
    try {
      finish(name);
      // After its end, another one with its number may have begun.
      if (!hasEnded || existsSync(join(directory, name))) begin(name);
    } catch {
      // It was over before it could be looked at: a short one, or we had to wait for the processor.
      isComplete = false;
    }
  }

  let watcher: FSWatcher | undefined;
  try {
    for (const name of readdirSync(directory)) sessions.set(name, undefined);
    watcher = watch(directory, { persistent: false }, (kind, name) => {
      if (kind === 'rename' && name !== null) notice(name);
    });
    watcher.on('error', () => (isComplete = false));
  } catch {
    isComplete = false;
    onFirst();
  }
  return {
    listItems() {
      [...sessions.values()].forEach(readOn);
      return { ours, others, isComplete: isComplete && !isQuiet };
    },
    [Symbol.dispose]() {
      watcher?.close();
      [...sessions.keys()].forEach(finish);
    },
  };
}

/**
 * The client that a session of this run serves: its number stands behind the name of the session's
 * program; or it serves itself, as root's of Nix do who aren't told to use the daemon. A session belongs to the innermost run around its client: a run inside this one looks
 * after its own. Where the client is gone, or numbers mean nothing because the daemon is in another
 * name space, the session may be ours.
 */
function findClient(session: number, clients: RegExp): number | 'not ours' | 'unknown' {
  const [program = '', word = ''] = readCommandLine(session);
  const number = Number.parseInt(word, 10);
  const client = Number.isNaN(number) && clients.test(basename(program)) ? session : number;
  const lineage = client > 0 ? listLineage(client) : [];
  if (lineage.length === 0) return 'unknown';
  const run = lineage.find((pid) => pid === process.pid || isOurProgram(pid));
  return run === process.pid ? client : 'not ours';
}

function describeClient(pid: number): Client {
  return { words: readCommandLine(pid), readVariable: (name) => readVariable(pid, name) };
}
