import { findAudience } from '../events/audience.ts';
import { writeToStdout } from '../events/stdout.ts';
import type { Options } from '../options/options.ts';
import { isTerminal } from '../processes/terminal.ts';
import type { Check } from './check.ts';
import { type Examined, isMendable } from './examine.ts';
import { renderJson, renderLines, renderSum } from './table.ts';

/** Tells what was found, on stdout. */
export type Telling = {
  /** Returns `false` when nobody listens any more. */
  readonly tell: (check: string, examined: readonly Examined[]) => boolean;
  /** Says how much that was, where people look at it. */
  readonly sum: (all: readonly Examined[]) => void;
};

/** Opens it: objects for machines, lines on a pipe, a table on a terminal. */
export function openTelling(
  checks: readonly Check[],
  given: Pick<Options, 'logFormat'> & { readonly environment: Readonly<Record<string, string>> },
): Telling {
  if (given.logFormat === 'json') {
    return {
      tell: (check, all) => write(all.map((examined) => renderJson(check, examined))),
      sum() {},
    };
  }
  const onTerminal = isTerminal(1);
  const { ownColors } = findAudience(given.environment, onTerminal);
  const names = Math.max(...checks.map(({ name }) => name.length));
  return {
    tell(check, all) {
      // A terminal that doesn't know its size says 0.
      const columns = onTerminal ? process.stdout.columns || 80 : undefined;
      const form = { names, columns, colors: ownColors };
      return write(all.flatMap((examined) => renderLines(check, examined, form)));
    },
    sum(all) {
      const mendable = all.filter(
        ({ finding, fixed }) => isMendable(finding) && fixed === undefined,
      );
      if (onTerminal) write(['', ...renderSum(all, mendable.length)]);
    },
  };
}

function write(lines: readonly string[]): boolean {
  return writeToStdout(lines.map((line) => `${line}\n`).join(''));
}
