import { type Ending, toEnding } from './ending.ts';
import { callLibc } from './libc.ts';

// From the first of our children on, every child is ours to reap, Node's `child_process` has none:
// it would never learn of an end that we saw first.

const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

/** The children that somebody waits for. All others are orphans, and nobody asks how they ended. */
const awaited = new Map<number, (ending: Ending) => void>();

/**
 * Makes us the parent of every descendant that loses its own, as process 1 is anyway: daemons, what
 * forked twice, what left with setsid(2). So all that was started can be found, reaped and ended.
 * Returns whether the kernel does that (prctl(2), Linux 3.4; QEMU's user emulation may not).
 */
export function adoptOrphans(): boolean {
  process.on('SIGCHLD', reap);
  return callLibc('prctl', PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0;
}

/** How a child that was just started ends. Node has nothing to do meanwhile and must not think so. */
export function waitForEnding(pid: number): Promise<Ending> {
  const alive = setInterval(() => {}, 2 ** 30);
  return new Promise((resolve) => {
    awaited.set(pid, (ending) => {
      clearInterval(alive);
      resolve(ending);
    });
  });
}

/** One SIGCHLD can stand for many ends. */
function reap(): void {
  const status = [0];
  for (;;) {
    const pid = callLibc('waitpid', -1, status, WNOHANG);
    if (pid <= 0) return;
    const tell = awaited.get(pid);
    awaited.delete(pid);
    tell?.(toEnding(status[0] ?? 0));
  }
}
