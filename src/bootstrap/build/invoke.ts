import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Ending } from '../../processes/ending.ts';
import { type Piped, spawnPiped } from '../../processes/piped.ts';
import { findDescendants, signalProcess } from '../../processes/proc.ts';
import type { Program } from '../../processes/spawn.ts';
import { waitUntilGone } from '../../processes/wait.ts';
import type { Log } from './log.ts';
import { findPlace } from './paths.ts';
import { devices, type Room } from './room.ts';

type Way = {
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Runs a program in the room, to the end of all that it has started, which is SIGKILL on the signal. */
export async function invoke(
  room: Room,
  words: readonly string[],
  { log, signal }: Way,
): Promise<Ending> {
  // The log itself it could cut off: `echo >/dev/stderr` opens anew what stands there.
  const program = spawnPiped(toProgram(room, words));
  const lost = new AbortController();
  const [ending, taken] = await Promise.allSettled([
    waitForEnd(program, AbortSignal.any([signal, lost.signal])),
    log.take(program.output).catch((error: unknown) => {
      lost.abort();
      throw error;
    }),
  ]);
  signal.throwIfAborted();
  if (taken.status === 'rejected') throw taken.reason;
  if (ending.status === 'rejected') throw ending.reason;
  return ending.value;
}

async function waitForEnd({ pid, ended }: Piped, signal: AbortSignal): Promise<Ending> {
  const stop = (): void => void signalProcess(-pid, 'SIGKILL');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const ending = await ended;
  signal.removeEventListener('abort', stop);
  await endDescendants();
  return ending;
}

function toProgram(
  room: Room,
  [program = '', ...rest]: readonly string[],
): Pick<Program, 'file' | 'arguments' | 'environment' | 'directory'> {
  const { view, isolation, directory, environment } = room;
  const file = findProgram(room, program);
  if (isolation === undefined) return { file, arguments: [file, ...rest], environment, directory };
  const mounts = [...view.mounts, ...devices];
  const inmate = { root: view.root, mounts, directory, file, arguments: rest, environment };
  const words = isolation.wrap(inmate);
  return { file: words[0] ?? file, arguments: words, environment: {} };
}

/** What a build leaves running writes into what is taken for finished. */
async function endDescendants(): Promise<void> {
  await waitUntilGone(() => {
    const left = findDescendants(process.pid);
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    return left;
  }, Infinity);
}

/** The program's file as the build knows it, looked for as execvp(3) does. */
function findProgram({ view, directory, environment }: Room, program: string): string {
  if (program.includes('/')) {
    return resolve(directory, program);
  }
  const path = environment['PATH'] ?? '';
  const files = path.split(':').map((entry) => `${entry}/${program}`);
  const file = files.find((one) => existsSync(findPlace(view, one).real));
  if (file === undefined)
    throw new Error(`there is no ${program} on PATH: ${path || 'it is empty'}`);
  return file;
}
