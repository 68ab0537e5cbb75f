import { constants } from 'node:os';

/** How a process ended: by itself with a status (0–255), or by a signal, by its number. */
export type Ending =
  | { readonly by: 'exit'; readonly status: number }
  | { readonly by: 'signal'; readonly signal: number };

/** What a shell reports for this ending: the status itself, or 128+n for signal n. */
export function exitStatus(ending: Ending): number {
  return ending.by === 'exit' ? ending.status : 128 + ending.signal;
}

/** The exit status of a process that a signal ended: 128+n. */
export function signalStatus(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** What waitpid(2) tells. */
export function toEnding(status: number): Ending {
  const signal = status & 0x7f;
  return signal === 0 ? { by: 'exit', status: (status >> 8) & 0xff } : { by: 'signal', signal };
}

/** "exit status 3", "killed by SIGTERM". */
export function renderEnding(ending: Ending): string {
  return ending.by === 'exit'
    ? `exit status ${ending.status}`
    : `killed by ${renderSignal(ending.signal)}`;
}

function renderSignal(number: number): string {
  const named = Object.entries(constants.signals).find(([, known]) => known === number);
  return named?.[0] ?? `signal ${number}`;
}
