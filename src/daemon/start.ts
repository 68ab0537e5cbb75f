import { lstatSync, type Stats, statSync } from 'node:fs';
import { now } from '../processes/clock.ts';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { within } from '../processes/wait.ts';
import { markDaemon } from './abandoned.ts';
import { waitUntilAnswered } from './readiness.ts';
import { type DaemonProcess, spawnDaemon } from './spawn.ts';
import { owns } from './orphans.ts';
import { settle, stopDaemon } from './stop.ts';
import type { Daemon, Run, Wish } from './wish.ts';
import { findValid } from './validity.ts';

/** Starts a daemon on a socket file and waits until it is ready; one that isn't in time is ended. */
export async function startDaemon(socket: string, wish: Wish, run: Run): Promise<Daemon> {
  const { report } = run;
  const startedAt = now();
  const program = wish.locate();
  refuseOccupied(socket);
  const manner = await wish.manner(socket);
  const { kind } = wish;
  const substitutes = wish.substitutes(manner.environment);
  const { options, environment } = kind.listen(socket, substitutes.environment);
  const own = [...manner.options, ...substitutes.options];
  const given = [...options, ...own, ...wish.options];
  const daemon = spawnDaemon(program, given, {
    by: manner.by,
    socket,
    buildUsersGroup: manner.buildUsersGroup,
    kind,
    journal: kind.journal(environment),
    environment: markDaemon(wish.fit(environment, program), socket),
    report,
  });
  await using stack = new AsyncDisposableStack();
  const stopping = new AbortController();
  stack.defer(() => {
    stopping.abort();
    return stopDaemon(daemon, report);
  });
  await waitUntilReady(daemon, wish, run);
  daemon.bound = statSync(socket, { throwIfNoEntry: false })?.ino;
  report({
    event: 'daemon-ready',
    kind: kind.name,
    daemon: daemon.pid,
    milliseconds: now() - startedAt,
  });
  void reportDeath(daemon, stopping.signal, run);
  const kept = stack.move();
  return {
    socket,
    options: own,
    writesLogsHere: true,
    notice: manner.notice,
    settle: () => settle(daemon, report),
    owns: (pid) => owns(daemon, pid),
    findValid: (storeItems) => findValid({ path: socket }, storeItems),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The daemon would unlink it, whatever it is: a user's own file must not end so. */
function refuseOccupied(socket: string): void {
  const found = lookAt(socket);
  if (found !== undefined && !found.isSocket()) {
    throw new EntryPointError({ kind: 'socket-occupied', socket });
  }
}

/** Debian's Nix lets only members of a group look at it. */
function lookAt(socket: string): Stats | undefined {
  try {
    return lstatSync(socket, { throwIfNoEntry: false });
  } catch (cause) {
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'daemon-unreachable', socket, reason }, { cause });
  }
}

/** Whichever comes first: it answers, it ends, the time is up, the run is called off. */
async function waitUntilReady(
  daemon: DaemonProcess,
  { timeout }: Wish,
  { signal }: Run,
): Promise<void> {
  const { program, socket } = daemon;
  const death = new AbortController();
  void daemon.ended.then(() => death.abort());
  const enough = AbortSignal.any([signal, death.signal, AbortSignal.timeout(timeout * 1000)]);
  const answer = await waitUntilAnswered(socket, enough);
  signal.throwIfAborted();
  if (answer.is === 'ready') return;
  const words = daemon.words();
  if (answer.is === 'refused') {
    throw new EntryPointError({ kind: 'daemon-refused', program, reason: answer.reason });
  }
  if (!death.signal.aborted) {
    // A nix-daemon that can't open its store says why to nobody but us.
    if (answer.is === 'failed') {
      const reason = words.at(-1)?.replace(/^(?:unexpected Nix daemon error: )?error: |\.$/g, '');
      const silently = 'it hangs up on everybody who connects';
      throw new EntryPointError({ kind: 'daemon-refused', program, reason: reason ?? silently });
    }
    throw new EntryPointError({ kind: 'daemon-silent', program, socket, seconds: timeout, words });
  }
  await within(lastWordsTake, daemon.closed);
  const ending = await daemon.ended;
  throw new EntryPointError({ kind: 'daemon-exited', program, ending, words: daemon.words() });
}

/** How long what a daemon wrote before its end may need to reach us. */
const lastWordsTake = 1000; // ms

async function reportDeath(
  { kind, pid: daemon, ended, words }: DaemonProcess,
  stopping: AbortSignal,
  { report }: Run,
): Promise<void> {
  const ending = await ended;
  if (!stopping.aborted) report({ event: 'daemon-died', kind, daemon, ending, words: words() });
}
