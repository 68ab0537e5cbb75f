import type { NetConnectOpts } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, renderSystemError } from '../errors/system.ts';
import { openConnection, Refusal } from './worker-protocol.ts';

/** What a daemon's socket says of it. */
export type Answer =
  | { readonly is: 'ready' }
  /** The daemon told why it doesn't work. */
  | { readonly is: 'refused'; readonly reason: string }
  /** Nobody listens there. */
  | { readonly is: 'absent' }
  /** Somebody is there, or might be, and a handshake came to nothing. */
  | { readonly is: 'failed'; readonly reason: string }
  /** Somebody accepted, and the time was up. */
  | { readonly is: 'silent' };

/**
 * Ready is a whole handshake: a daemon that can't open its store or build group listens, too.
 *
 * The first session of all makes the store's database and links, and one that comes at the same
 * moment finds `db/schema` without its text yet, or a link there that it was about to make
 * (LocalStore::LocalStore). The last session of all takes the database's journal away, and one that
 * comes at the same moment can't open it. These refusals count when they are still the same a while
 * later.
 */
export async function tryHandshake(address: NetConnectOpts, signal: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await tryOnce(address, signal);
    const passes = answer.is === 'refused' && passing.test(answer.reason);
    if (!passes || attempt === attempts) return answer;
    await delay(pause);
  }
}

const passing = /db\/schema' is corrupt|: File exists$|: database is locked$/;
const attempts = 20;
const pause = 20; // ms

async function tryOnce(address: NetConnectOpts, signal: AbortSignal): Promise<Answer> {
  try {
    using _connection = await openConnection(address, signal);
    return { is: 'ready' };
  } catch (error) {
    if (error instanceof Refusal) return { is: 'refused', reason: error.message };
    if (signal.aborted) return { is: 'silent' };
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { is: 'absent' };
    return { is: 'failed', reason: renderSystemError(error) };
  }
}

/**
 * Asks until there is a clear answer, or `signal` says that it's enough. A nix-daemon's session that
 * can't open the store hangs up; that counts, like a refusal, when it is still so a while later.
 */
export async function waitUntilAnswered(path: string, signal: AbortSignal): Promise<Answer> {
  for (let failures = 0; ;) {
    const answer = await tryHandshake({ path }, signal);
    if (answer.is === 'ready' || answer.is === 'refused' || signal.aborted) return answer;
    if (answer.is === 'failed') failures++;
    if (failures === attempts) return answer;
    await delay(failures === 0 ? askEvery : pause);
  }
}

/** To ask in vain takes 0.1 ms, and a daemon listens 3 ms to 10 ms after its start. */
const askEvery = 1; // ms
