import { captureProgram } from '../processes/capture.ts';
import { renderEnding } from '../processes/ending.ts';
import { renderSystemError } from '../errors/system.ts';
import { quoteWords } from '../events/quote.ts';
import type { Finding, Machine } from './check.ts';

/** How long a program may take to tell its version; under emulation it takes some seconds. */
export const versionTakes = 20_000; // ms

/** Runs a program for its version: `guix (GNU Guix) 1.5.0: /usr/bin/guix`. */
export async function examineProgram(
  program: string,
  { environment, signal }: Machine,
): Promise<Finding> {
  const enough = AbortSignal.any([signal, AbortSignal.timeout(versionTakes)]);
  const version = { file: program, arguments: [program, '--version'], environment };
  try {
    const { ending, words } = await captureProgram(version, enough);
    // Nix warns of settings first.
    const first = words.find((line) => !line.startsWith('warning: '));
    if (ending.by === 'exit' && ending.status === 0) {
      return { state: 'fine', text: `${first ?? 'it tells no version'}: ${program}` };
    }
    const how = [renderEnding(ending), ...(first === undefined ? [] : [first])].join(': ');
    return broken(program, enough.aborted ? 'it tells no version in time' : how);
  } catch (error) {
    return broken(program, renderSystemError(error));
  }
}

function broken(program: string, reason: string): Finding {
  return {
    state: 'broken',
    text: `${program} can't be run: ${reason}`,
    meaning: 'What it needs may be missing, or it was built for another kind of machine:',
    command: `${quoteWords([program, '--version'])}; ${quoteWords(['file', program])}`,
  };
}
