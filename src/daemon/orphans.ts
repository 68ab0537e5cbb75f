import { readFileSync } from 'node:fs';
import type { Report } from '../events/event.ts';
import { findChildren, isMemberOf, readLink } from '../processes/proc.ts';
import { killTrees } from './sessions.ts';
import type { DaemonProcess } from './spawn.ts';

/**
 * Ends builders whose session was killed, by the kernel's out-of-memory killer or by hand. They run
 * under the build users' group, and have become our children.
 */
export async function endOrphanedBuilders(daemon: DaemonProcess, report: Report): Promise<void> {
  const others = findChildren(process.pid).filter((pid) => pid !== daemon.pid);
  const orphans = others.filter((pid) => isBuilder(daemon, pid));
  if (orphans.length === 0) return;
  report({ event: 'builders-orphaned', pids: orphans });
  await killTrees(orphans);
}

/** Whether a child of ours is the daemon, or a process of it that has lost its parent. */
export function owns(daemon: DaemonProcess, pid: number): boolean {
  return pid === daemon.pid || readLink(pid, 2) === daemon.stderrLink || isBuilder(daemon, pid);
}

/** Whether a process runs as the builders do that the daemon's sessions start. */
function isBuilder({ buildUsersGroup }: DaemonProcess, pid: number): boolean {
  const group = buildUsersGroup === undefined ? undefined : findGroup(buildUsersGroup);
  return group !== undefined && isMemberOf(group, pid);
}

/** The number of a group, from `/etc/group`. */
function findGroup(name: string): number | undefined {
  const line = readGroups().find((entry) => entry.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}

function readGroups(): readonly string[] {
  try {
    return readFileSync('/etc/group', 'utf8').split('\n');
  } catch {
    return [];
  }
}
