import { readlinkSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errorCode } from '../errors/system.ts';
import { acceptLater, listenOnName } from '../processes/listening.ts';
import { loadNet } from '../processes/net.ts';
import { isAncestor } from '../processes/proc.ts';

// A daemon unlinks whatever stands at its socket's path and binds its own: a second one silently
// steals the first one's clients. So a run claims the path before it starts a daemon there. The claim
// is a socket in the abstract name space of unix(7): taking it is atomic, the kernel gives it back
// when its holder ends, however it ends, and it leaves no file. Who connects to it is told the number
// of the process that holds it.

/** Claims the path of a socket until disposed of; `undefined` if another run has it. */
export function claimSocket(path: string): Disposable | undefined {
  try {
    // Whoever still asks in the end isn't waited for.
    return acceptLater(listenOnName(nameClaim(path)), (asker) => {
      // Whoever asks may be gone before the answer.
      asker.on('error', () => {}).resume();
      asker.end(`${process.pid} ${readPidNamespace()}`);
    });
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
}

/** Whose daemon stands on a path: that of a run which we are in, of one beside us, or no run's. */
export async function findOwner(
  path: string,
  signal: AbortSignal,
): Promise<'ours' | 'beside us' | 'no run'> {
  const { text } = await import('node:stream/consumers');
  try {
    const [pid, namespace] = (
      await text(loadNet().connect({ path: `\0${nameClaim(path)}`, signal }))
    ).split(' ');
    return namespace === readPidNamespace() && isAncestor(Number(pid)) ? 'ours' : 'beside us';
  } catch (error) {
    // A holder that is stopped doesn't answer in time.
    return errorCode(error) === 'ECONNREFUSED' ? 'no run' : 'beside us';
  }
}

/** Numbers of processes mean something in their own name space only. */
function readPidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid');
}

/** The same for every path that leads to the same directory, different in another root's. */
function nameClaim(path: string): string {
  const { dev, ino } = statSync(dirname(path));
  // A name has 107 bytes at most; runs that share one only get daemons of their own.
  return `guix-entry-point/${dev}:${ino}/${basename(path).slice(-40)}`;
}
