import type { Report } from '../events/event.ts';
import {
  findChildren,
  findDescendants,
  findWritersTo,
  isAlive,
  signalProcess,
} from '../processes/proc.ts';
import { waitUntilGone } from '../processes/wait.ts';
import type { DaemonProcess } from './spawn.ts';

// A daemon forks a session for each connection. It is the session that builds, writes the log and
// holds the database open, and a session outlives its daemon.

/** A session notices within 1 s that its client is gone, ends its builders and flushes their logs. */
const sessionsNotice = 2000; // ms
/** How long a session may take to clean up after SIGTERM. */
const sessionsCleanUp = 5000; // ms

/** Waits for the sessions to end by themselves, as they do when their clients have. */
export async function waitForSessions(daemon: DaemonProcess): Promise<void> {
  const list = (): number[] => findSessions(daemon);
  const left = await waitUntilGone(list, sessionsNotice);
  const { wakesSessions: signal } = daemon;
  if (left.length === 0 || signal === undefined) return;
  left.forEach((pid) => signalProcess(pid, signal));
  await waitUntilGone(list, sessionsNotice);
}

/** Ends the sessions that are left: SIGTERM, then SIGKILL for them and all that they started. */
export async function endSessions(daemon: DaemonProcess, report: Report): Promise<void> {
  await end(() => findSessions(daemon), daemon, report);
}

/** The same for what still writes to the output of a daemon that is gone. */
export async function endLeftovers(daemon: DaemonProcess, report: Report): Promise<void> {
  await end(() => findWritersTo(daemon.stderrLink), daemon, report);
}

/** While the daemon lives they are its children; later they are told by what they inherited. */
function findSessions({ pid, hasEnded, stderrLink }: DaemonProcess): number[] {
  return hasEnded() || !isAlive(pid) ? findWritersTo(stderrLink) : findChildren(pid);
}

async function end(list: () => number[], { kind }: DaemonProcess, report: Report): Promise<void> {
  const asked = list();
  if (asked.length === 0) return;
  const what = 'Sessions of the daemon';
  report({ event: 'sessions-ended', kind, pids: asked });
  asked.forEach((pid) => signalProcess(pid, 'SIGTERM'));
  const pids = await waitUntilGone(list, sessionsCleanUp);
  if (pids.length === 0) return;
  const seconds = sessionsCleanUp / 1000;
  report({ event: 'stop-overdue', what, pids, seconds, signal: 'SIGKILL' });
  await killTrees(pids);
}

/** A builder survives the SIGKILL of its session and can't be found afterwards: look first. */
export async function killTrees(pids: readonly number[]): Promise<void> {
  const trees = pids.flatMap((pid) => [pid, ...findDescendants(pid)]);
  trees.forEach((pid) => signalProcess(pid, 'SIGKILL'));
  await waitUntilGone(() => trees.filter(isAlive), sessionsCleanUp);
}
