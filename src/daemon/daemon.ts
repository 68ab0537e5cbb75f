import { chownSync, existsSync, statSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { makeDirectory } from '../files/directory.ts';
import { endAbandoned, findAbandoned } from './abandoned.ts';
import { type Address, parseAddress, toConnectOptions } from './address.ts';
import { claimSocket, findOwner } from './claim.ts';
import { type Answer, tryHandshake } from './readiness.ts';
import { startDaemon } from './start.ts';
import { findValid } from './validity.ts';
import type { Daemon, Run, Wish } from './wish.ts';

/**
 * Uses the daemon that answers, or starts one.
 *
 * One that another run started is used only from inside that run, because it ends with it. A run
 * beside it gets a daemon of its own, on a socket next to the first.
 */
export async function openDaemon(wish: Wish, run: Run): Promise<Daemon> {
  const address = parseAddress(wish.socket);
  if (address.at !== 'file') return useRemote(address, wish, run);
  const { path } = address;
  prepareDirectory(dirname(path));
  // To connect to what isn't there costs more than to look.
  if (existsSync(path) && (await answers(address, wish, run))) {
    const owner = await findOwner(path, limit(run.signal, 1));
    run.signal.throwIfAborted();
    if (owner === 'beside us') return startDaemon(nextTo(path), wish, run);
    if (owner === 'ours' || findAbandoned(path).length === 0) {
      return useExisting(address, wish, run);
    }
  }
  const claim = claimSocket(path);
  if (claim === undefined) return startDaemon(nextTo(path), wish, run);
  return startClaimed(path, claim, { wish, run });
}

/** Starts a daemon on a socket next to a path, whatever stands there. */
export async function openDaemonBeside(path: string, wish: Wish, run: Run): Promise<Daemon> {
  prepareDirectory(dirname(path));
  return startDaemon(nextTo(path), wish, run);
}

/** The claim is kept as long as a daemon of ours stands on the path. */
async function startClaimed(
  path: string,
  claim: Disposable,
  { wish, run }: { readonly wish: Wish; readonly run: Run },
): Promise<Daemon> {
  await using held = new AsyncDisposableStack();
  held.use(claim);
  if (existsSync(path)) await endAbandoned(path, wish.kind, run.report);
  const daemon = held.use(await startDaemon(path, wish, run));
  const kept = held.move();
  return { ...daemon, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function nextTo(path: string): string {
  return `${path}.${process.pid}`;
}

async function useRemote(address: Address, wish: Wish, run: Run): Promise<Daemon> {
  if (address.at === 'elsewhere' || (await answers(address, wish, run))) {
    return useExisting(address, wish, run);
  }
  const { socket } = wish;
  throw new EntryPointError({ kind: 'daemon-unreachable', socket, reason: 'connection refused' });
}

/** Somebody else's daemon: its sessions and its end are not our business. */
function useExisting(address: Address, { kind, socket }: Wish, { report }: Run): Daemon {
  report({ event: 'daemon-reused', kind: kind.name, socket });
  return {
    socket,
    options: [],
    writesLogsHere: address.at === 'file',
    notice: undefined,
    settle: async () => {},
    owns: () => false,
    findValid: async (storeItems) =>
      address.at === 'elsewhere' ? [] : findValid(toConnectOptions(address), storeItems),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Whether a daemon works there. One that is there and doesn't work is an error, not a "no". */
async function answers(
  address: Exclude<Address, { at: 'elsewhere' }>,
  { kind: { program: name }, socket, timeout }: Wish,
  { signal }: Run,
): Promise<boolean> {
  const answer = await askAgain(toConnectOptions(address), limit(signal, timeout));
  signal.throwIfAborted();
  if (answer.is === 'ready' || answer.is === 'absent') return answer.is === 'ready';
  const program = `The ${name} there`;
  if (answer.is === 'refused') {
    throw new EntryPointError({ kind: 'daemon-refused', program, reason: answer.reason });
  }
  if (answer.is === 'failed') {
    throw new EntryPointError({ kind: 'daemon-unreachable', socket, reason: answer.reason });
  }
  const seconds = timeout;
  throw new EntryPointError({ kind: 'daemon-silent', program, socket, seconds, words: [] });
}

/**
 * The daemon of a run that was killed has nobody who reads its messages: it dies of the first
 * connection, and is gone a moment later. Whoever hangs up is asked again until that is clear.
 */
async function askAgain(address: NetConnectOpts, signal: AbortSignal): Promise<Answer> {
  let answer = await tryHandshake(address, signal);
  for (let attempt = 0; answer.is === 'failed' && attempt < 10; attempt++) {
    await delay(20);
    answer = await tryHandshake(address, signal);
  }
  return answer;
}

function limit(signal: AbortSignal, seconds: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
}

/** A daemon would make it, too, and own it; but what is claimed is a name in a directory. */
function prepareDirectory(directory: string): void {
  if (existsSync(directory)) return;
  try {
    makeDirectory(directory);
    const { uid, gid } = statSync(dirname(directory));
    if (process.geteuid?.() === 0) chownSync(directory, uid, gid);
  } catch (cause) {
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'no-socket-directory', directory, reason }, { cause });
  }
}
