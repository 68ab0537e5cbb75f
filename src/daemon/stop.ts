import { existsSync, rmSync, statSync } from 'node:fs';
import { renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import { now } from '../processes/clock.ts';
import { isLocked } from '../processes/locks.ts';
import { within } from '../processes/wait.ts';
import { endOrphanedBuilders } from './orphans.ts';
import { waitUntilAnswered } from './readiness.ts';
import { endLeftovers, endSessions, waitForSessions } from './sessions.ts';
import type { DaemonProcess } from './spawn.ts';

/**
 * Ends a daemon so that nothing of it is left: first the sessions, which must end by themselves to
 * leave the log and the database whole; then the daemon. That it is dead already changes nothing, and
 * a step that fails keeps none of the others from being taken.
 */
export async function stopDaemon(daemon: DaemonProcess, report: Report): Promise<void> {
  const startedAt = now();
  for (const step of [settle, endSessions, takeInJournal, endMain, removeSocket]) {
    try {
      await step(daemon, report);
    } catch (error) {
      report({ event: 'teardown-failed', step: step.name, reason: renderSystemError(error) });
    }
  }
  report({
    event: 'daemon-stopped',
    kind: daemon.kind,
    daemon: daemon.pid,
    milliseconds: now() - startedAt,
  });
}

/**
 * Waits until no session is at work any more. SQLite takes its journal into the database when the
 * last session closes it: that one is left says that a session was killed, and that its builders live.
 */
export async function settle(daemon: DaemonProcess, report: Report): Promise<void> {
  await waitForSessions(daemon);
  if (existsSync(daemon.journal)) await endOrphanedBuilders(daemon, report);
}

/**
 * An image layer must not hold a journal. One more session opens and closes the database, if need be
 * under one more daemon.
 */
async function takeInJournal(daemon: DaemonProcess, report: Report): Promise<void> {
  if (!existsSync(daemon.journal) || isInUse(daemon.journal)) return;
  const opener = daemon.hasEnded() ? daemon.startAgain() : daemon;
  await waitUntilAnswered(opener.socket, AbortSignal.timeout(daemonStops));
  await waitForSessions(opener);
  if (opener !== daemon) {
    await endMain(opener, report);
    // It took the path anew.
    daemon.bound = undefined;
  }
  const isLeft = existsSync(daemon.journal) && !isInUse(daemon.journal);
  if (isLeft) report({ event: 'journal-left', file: daemon.journal });
}

/** The sessions of another run keep locks in the index of their journal. */
function isInUse(journal: string): boolean {
  return isLocked(journal.replace(/-wal$/, '-shm'));
}

async function endMain(daemon: DaemonProcess, report: Report): Promise<void> {
  if (!daemon.hasEnded()) {
    daemon.kill('SIGTERM');
    if (!(await within(daemonStops, daemon.ended))) {
      const overdue = {
        what: `${daemon.kind}-daemon`,
        pids: [daemon.pid],
        seconds: daemonStops / 1000,
      };
      report({ event: 'stop-overdue', ...overdue, signal: 'SIGKILL' });
      daemon.kill('SIGKILL');
      await daemon.ended;
    }
  }
  // A client that connected in between got a session that the daemon's end left behind.
  if (!(await within(outputCloses, daemon.closed))) await endLeftovers(daemon, report);
}

/** A daemon doesn't remove its socket. Where somebody else has taken the path since, it stays. */
function removeSocket({ socket, bound }: DaemonProcess): void {
  const found = statSync(socket, { throwIfNoEntry: false });
  if (bound === undefined || bound === found?.ino) rmSync(socket, { force: true });
}

/** How long the daemon itself may take after SIGTERM; it takes 2 ms. */
const daemonStops = 5000; // ms
const outputCloses = 200; // ms
