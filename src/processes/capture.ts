import { once } from 'node:events';
import type { Ending } from './ending.ts';
import { spawnPiped } from './piped.ts';
import { signalProcess } from './proc.ts';
import type { Program } from './spawn.ts';

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
  const { pid, ended, output } = spawnPiped(program);
  const over = new AbortController();
  const { signal } = over;
  const stop = (): void => void signalProcess(-pid, 'SIGKILL');
  enough?.addEventListener('abort', stop, { signal });
  if (enough?.aborted === true) stop();
  let text = '';
  output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [ending] = await Promise.all([ended, once(output, 'close')]);
  // Its number may be another's from now on.
  over.abort();
  return { ending, words: text.split('\n').filter((line) => line.trim() !== '') };
}
