import { EntryPointError, type Failure } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { renderFailure } from '../errors/wording.ts';
import type { Finding } from './check.ts';

/** What a failure is as something found: its headline, and the rest of its words. */
export function toFinding(failure: Failure): Finding {
  const [headline = '', ...rest] = renderFailure(failure);
  const meaning = rest.map((line) => line.trim().replace(/^Hint: /, '')).join('\n');
  return { state: 'broken', text: headline.replace(/\.$/, ''), meaning };
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
