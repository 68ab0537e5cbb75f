import { addAbortSignal } from 'node:stream';
import { quoteWords } from '../../events/quote.ts';
import type { Ending } from '../../processes/ending.ts';
import { type Piped, spawnPiped } from '../../processes/piped.ts';
import { findDescendants, signalProcess } from '../../processes/proc.ts';
import { findFile } from '../../processes/path.ts';
import type { Program } from '../../processes/spawn.ts';
import { waitUntilGone } from '../../processes/wait.ts';
import type { Log } from './log.ts';
import { findPlace } from './paths.ts';
import type { Room } from './room.ts';

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
    log.take(addAbortSignal(signal, program.output)).catch((error: unknown) => {
      lost.abort(error);
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
  await endDescendants(signal);
  return ending;
}

function toProgram(
  room: Room,
  [program = '', ...rest]: readonly string[],
): Pick<Program, 'file' | 'arguments' | 'environment' | 'directory'> {
  const { view, isolation, directory, environment } = room;
  const file = findProgram(room, program);
  if (isolation === undefined) return { file, arguments: [file, ...rest], environment, directory };
  const inmate = { ...view, directory, file, arguments: rest, environment };
  const words = isolation.wrap(inmate);
  return { file: words[0] ?? file, arguments: words, environment: {} };
}

/**
 * What a build leaves running would write into what is taken for finished. What isn't ours to end, as what
 * sudo(8) has started, is waited for until we are ended ourselves.
 */
async function endDescendants(signal: AbortSignal): Promise<void> {
  await waitUntilGone(() => {
    const left = findDescendants(process.pid);
    const ours = left.filter((pid) => signalProcess(pid, 'SIGKILL'));
    return signal.aborted ? ours : left;
  }, Infinity);
}

/** The program's file as the build knows it, looked for as execvp(3) does. */
function findProgram({ view, environment, directory }: Room, program: string): string {
  const path = environment['PATH'] ?? '';
  const files = program.includes('/')
    ? [program]
    : path.split(':').map((entry) => `${entry}/${program}`);
  const found = files.find((file) => isProgram(findPlace(view, file, { from: directory }).real));
  if (found !== undefined) return found;
  const where = program.includes('/') ? '' : ` on PATH (${quoteWords([path])})`;
  throw new Error(
    `there is no program ${quoteWords([program])}${where}: what has it is no input, and --host-tools doesn't lend it`,
  );
}

function isProgram(file: string): boolean {
  const found = findFile(file);
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}
