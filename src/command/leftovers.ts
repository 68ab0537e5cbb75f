import type { Report } from '../events/event.ts';
import { listDescendants, readName, signalProcess } from '../processes/proc.ts';
import { waitUntilGone } from '../processes/wait.ts';

/** Whether a child of ours is not the command's business: the daemon and what belongs to it. */
export type Spare = (pid: number) => boolean;

/** What the command started and what that started: whoever loses its parent becomes our child. */
function listOwn(spare: Spare): number[] {
  return listDescendants(process.pid, spare);
}

/** Ends what the command left running: SIGTERM, and SIGKILL when that isn't enough. */
export async function endLeftovers(spare: Spare, report: Report): Promise<void> {
  const left = await waitUntilGone(() => listOwn(spare), endingTakes);
  if (left.length === 0) return;
  report({ event: 'leftovers-ended', left: left.map((pid) => ({ pid, name: readName(pid) })) });
  for (const pid of left) {
    signalProcess(pid, 'SIGTERM');
    // One that is stopped takes no other signal.
    signalProcess(pid, 'SIGCONT');
  }
  const pids = await waitUntilGone(() => listOwn(spare), leftoversEnd);
  if (pids.length === 0) return;
  const what = 'Processes that the command left';
  const seconds = leftoversEnd / 1000;
  report({ event: 'stop-overdue', what, pids, seconds, signal: 'SIGKILL' });
  await waitUntilGone(() => killAll(spare), leftoversEnd);
}

/** SIGKILL for all that the command started and that it is itself; returns whom it was sent to. */
export function killAll(spare: Spare): number[] {
  const pids = listOwn(spare);
  pids.forEach((pid) => signalProcess(pid, 'SIGKILL'));
  return pids;
}

/** What ends with the command takes a moment: a pipeline, `> >(tee log)`, what was killed with it. */
const endingTakes = 500; // ms
/** How long what the command left behind may take to end after SIGTERM. */
const leftoversEnd = 2000; // ms
