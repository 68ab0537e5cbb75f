import type { Report } from '../events/event.ts';
import { findByVariable, readCommandLine, signalProcess } from '../processes/proc.ts';
import { waitUntilGone } from '../processes/wait.ts';
import type { Environment, Kind } from './kind.ts';

// Of a run that was killed, the daemon goes on. One of Guix's dies of the first connection, because
// nobody reads its messages; one of Nix's answers, and sends builds to a gateway that ended with the run.

/** What names the socket of a run's daemon, in that daemon's environment. */
const mark = 'GUIX_ENTRY_POINT_LISTENS_ON';

/** The environment of a daemon that is to be known as a run's. */
export function markDaemon(environment: Environment, socket: string): Environment {
  return { ...environment, [mark]: socket };
}

/** The daemons of runs that listen on a socket; where no run claims it, they are abandoned. */
export function findAbandoned(socket: string): readonly number[] {
  // The sessions have the same environment, and the number of their client behind their name.
  return findByVariable(mark, socket).filter((pid) => !/^\d/.test(readCommandLine(pid)[1] ?? ''));
}

/** Ends them; their sessions go on, for what else the killed run has left. The claim must be ours. */
export async function endAbandoned(
  socket: string,
  { name: kind }: Kind,
  report: Report,
): Promise<void> {
  const pids = findAbandoned(socket);
  if (pids.length === 0) return;
  report({ event: 'daemons-abandoned', kind, pids });
  pids.forEach((pid) => signalProcess(pid, 'SIGTERM'));
  const left = await waitUntilGone(() => [...findAbandoned(socket)], endsWithin);
  left.forEach((pid) => signalProcess(pid, 'SIGKILL'));
}

/** It takes 2 ms. */
const endsWithin = 5000; // ms
