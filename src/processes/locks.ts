import { readFileSync, statSync } from 'node:fs';

/** Whether a process, also one that is not ours, holds a lock on the file (proc_locks(5)). */
export function isLocked(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return false;
  // 1: POSIX  ADVISORY  WRITE 4711 fe:01:2097188 0 EOF
  // The device is written as a stacked file system likes it, so the inode alone decides.
  const fields = readLocks().split(/\s+/);
  return fields.some((field) => field.endsWith(`:${found.ino}`));
}

function readLocks(): string {
  try {
    return readFileSync('/proc/locks', 'latin1');
  } catch {
    return '';
  }
}
