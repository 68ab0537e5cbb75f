import { rmSync, statSync } from 'node:fs';
import { renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import { now } from '../processes/clock.ts';
import { within } from '../processes/wait.ts';
import { lookAtJournal, takeIn } from './journal.ts';
import { endOrphanedBuilders } from './orphans.ts';
import { endLeftovers, endSessions, waitForSessions } from './sessions.ts';
import type { DaemonProcess } from './spawn.ts';

/**
 * Ends a daemon so that nothing of it is left: first the sessions, which must end by themselves to
 * leave the log and the database whole; then the daemon. That it is dead already changes nothing, and
 * a step that fails keeps none of the others from being taken.
 */
export async function stopDaemon(daemon: DaemonProcess, report: Report): Promise<void> {
  const startedAt = now();
  for (const step of [settle, endSessions, endMain, takeInJournal, removeSocket]) {
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
 * Waits until no session is at work any more. One that was killed leaves its builders, and they have become
 * our children by then.
 */
export async function settle(daemon: DaemonProcess, report: Report): Promise<void> {
  await waitForSessions(daemon);
  await endOrphanedBuilders(daemon, report);
}

/** The sessions of another run may go on with it. */
async function takeInJournal({ journal }: DaemonProcess, report: Report): Promise<void> {
  // A session of theirs may leave it again at this moment.
  for (let attempt = 0; attempt < 10; attempt++) {
    if (lookAtJournal(journal) !== 'left') return;
    await takeIn(journal);
  }
  report({ event: 'journal-left', file: journal });
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
