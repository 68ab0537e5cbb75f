import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Report } from '../events/event.ts';
import { findByVariable, holdsSocket, readCommandLine, signalProcess } from '../processes/proc.ts';
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

/**
 * The daemons of runs that listen on a socket; where no run claims it, they are abandoned. Anybody can
 * have the mark, and another root's daemon the same path: it must hold this very socket.
 */
export function findAbandoned(socket: string): readonly number[] {
  const inodes = listListening(socket);
  if (inodes.length === 0) return [];
  return findByVariable(mark, socket).filter(
    (pid) =>
      !isSession(pid) &&
      isSameDirectory(pid, dirname(socket)) &&
      inodes.some((inode) => holdsSocket(pid, inode)),
  );
}

/** The sockets of our network that listen at a path, by the numbers that the kernel has for them. */
function listListening(path: string): readonly string[] {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return lines.flatMap((line) => {
    // Num: RefCount Protocol Flags Type St Inode Path; the flag of who listens.
    const [, , , flags, , , inode, at] = line.split(/ +/);
    return at === path && flags === '00010000' && inode !== undefined ? [inode] : [];
  });
}

/** Sessions are started by it, and have the number of their client behind their name. */
function isSession(pid: number): boolean {
  return /^\d/.test(readCommandLine(pid)[1] ?? '');
}

/** Whether a directory is the same for a process as for us. */
function isSameDirectory(pid: number, directory: string): boolean {
  try {
    const [its, ours] = [statSync(`/proc/${pid}/root${directory}`), statSync(directory)];
    return its.dev === ours.dev && its.ino === ours.ino;
  } catch {
    return false;
  }
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
