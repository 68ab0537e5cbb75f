import { writeToStderr } from '../events/stderr.ts';
import { isTerminal } from '../processes/terminal.ts';

/** A bar on a terminal that is gone when it is disposed of. */
export type Progress = Disposable & {
  /** Shows how much is done, from 0 to 1. */
  readonly show: (share: number) => void;
};

/** Opens one on stderr, if that is a terminal on which a line can be written anew. */
export function openProgress(
  servers: number,
  environment: Readonly<Record<string, string>>,
): Progress {
  if (servers === 0 || !isTerminal(2) || environment['TERM'] === 'dumb') {
    return { show() {}, [Symbol.dispose]() {} };
  }
  function show(share: number): void {
    // A terminal that doesn't know its size says 0.
    const columns = process.stderr.columns || 80;
    writeToStderr(`\r${renderProgress(share, { servers, columns })}`);
  }
  show(0);
  return { show, [Symbol.dispose]: () => writeToStderr(eraseLine) };
}

const eraseLine = '\r\x1b[K';

/** `Measuring 16 servers [=====     ]`, and shorter where it would take a second line. */
export function renderProgress(
  share: number,
  { servers, columns }: { readonly servers: number; readonly columns: number },
): string {
  const title = `+ Measuring ${servers === 1 ? '1 server' : `${servers} servers`} `;
  const width = Math.min(columns - title.length - '[] '.length, widest);
  if (width < 1) return title.slice(0, Math.max(columns - 1, 0));
  const full = Math.round(share * width);
  return `${title}[${'='.repeat(full)}${' '.repeat(width - full)}]`;
}

const widest = 40;
