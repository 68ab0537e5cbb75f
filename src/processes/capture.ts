import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Ending } from './ending.ts';
import { loadNet } from './net.ts';
import { openPipe } from './pipes.ts';
import { signalProcess } from './proc.ts';
import { type Program, type Spawned, spawnProgram } from './spawn.ts';

/** How a program ended, and what it wrote to stdout and stderr, without blank lines. */
export type Captured = { readonly ending: Ending; readonly words: readonly string[] };

/**
 * Runs a program that has nothing to read, to its end, which is SIGKILL when the signal says that it's
 * enough. Throws what keeps it from being executed.
 */
export async function captureProgram(
  program: Pick<Program, 'file' | 'arguments' | 'environment'>,
  enough?: AbortSignal,
): Promise<Captured> {
  const { readEnd, writeEnd } = openPipe();
  const { pid, ended } = execute(program, writeEnd);
  const over = new AbortController();
  const { signal } = over;
  enough?.addEventListener('abort', () => signalProcess(-pid, 'SIGKILL'), { signal });
  const { Socket } = loadNet();
  const output = new Socket({ fd: readEnd, readable: true, writable: false });
  let text = '';
  output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [ending] = await Promise.all([ended, once(output, 'close')]);
  // Its number may be another's from now on.
  over.abort();
  return { ending, words: text.split('\n').filter((line) => line.trim() !== '') };
}

/** Of the pipe, the program and what it starts hold the only end to write to. */
function execute(program: Parameters<typeof captureProgram>[0], writeEnd: number): Spawned {
  try {
    const descriptors = [
      [0, null],
      [1, writeEnd],
      [2, writeEnd],
    ] as const;
    return spawnProgram({ ...program, group: 'own session', descriptors });
  } finally {
    closeSync(writeEnd);
  }
}
