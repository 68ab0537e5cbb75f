import { EntryPointError, type Failure } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { describeFailure } from '../errors/wording.ts';
import type { Finding } from './check.ts';

/** What a failure is as something found: its headline, what was said of it, and the rest of its words. */
export function toFinding(failure: Failure): Finding {
  const { headline, hint, command, quote } = describeFailure(failure);
  const said = quote === undefined ? [] : [[quote.heading, ...quote.lines].join(' ')];
  return {
    state: 'broken',
    text: headline.replace(/\.$/, ''),
    meaning: [...said, hint].join('\n'),
    ...(command !== undefined && { command }),
  };
}

/** The same of whatever was thrown; what isn't a failure, nor the system's, is thrown again. */
export function errorToFinding(error: unknown, doing: string): Finding {
  if (error instanceof EntryPointError) return toFinding(error.failure);
  if (!(error instanceof Error && 'syscall' in error)) throw error;
  return { state: 'broken', text: `${doing}: ${renderSystemError(error)}` };
}

/** `1 user`, `2 users`. */
export function countOf(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** The first of them, and how many more: `a, b, c and 4 more`. */
export function listSome(all: readonly string[]): string {
  const more = all.length - some;
  return `${all.slice(0, some).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const some = 3;
