import { writeToStderr } from '../events/stderr.ts';
import { isTerminal } from '../processes/terminal.ts';

/** A line on a terminal that says what is going on, until it is cleared. */
export type Progress = {
  readonly show: (check: string) => void;
  readonly clear: () => void;
};

/** Opens one on stderr, if that is a terminal on which a line can be written anew. */
export function openProgress(environment: Readonly<Record<string, string>>): Progress {
  if (!isTerminal(2) || environment['TERM'] === 'dumb') return { show() {}, clear() {} };
  return {
    show: (check) => writeToStderr(`+ Examining: ${check} …`),
    clear: () => writeToStderr('\r\x1b[K'),
  };
}
