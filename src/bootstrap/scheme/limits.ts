import type { Position } from './datum.ts';
import { refuse } from './refuse.ts';

// Definitions are written by hand: what is larger is something else, and could be the end of us.

/** A definition file, in bytes. */
export const largestFile = 1 << 20;
/** Lists that stand inside of each other. Whatever works on data may go down into them. */
export const deepestList = 200;
/** Expressions that wait for each other. They may need each other in a row longer than our own stack. */
export const deepestNesting = 500;
/** Packages that need each other in a row. Whatever works on plans may go along it. */
export const longestRow = 500;
/** All that the expressions of a file come to, in characters. */
export const largestYield = 4 * largestFile;

/** Counts what an expression comes to beyond what stands in the file. What is used again counts again. */
export function countYield(at: Position, characters: number): void {
  at.source.yield += characters;
  if (at.source.yield <= largestYield) return;
  const found = `what makes more than ${largestYield} characters of this file`;
  refuse(at, { found, allowed: 'less in all; what is used again counts again' });
}
