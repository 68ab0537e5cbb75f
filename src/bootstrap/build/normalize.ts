import { chmodSync, lstatSync, lutimesSync } from 'node:fs';
import { quoteWords } from '../../events/quote.ts';
import { encodeBytes } from '../../processes/bytes.ts';
import { isExecutable } from '../nar.ts';
import { longestPath, readNames } from './trees.ts';

/** As the store has it: one second after the epoch. */
const storeTime = 1; // s

/**
 * Gives all that is in an output the times and modes that it has in a store. The mode of the output
 * itself comes when it is in place: who isn't root can't move a directory that is read-only.
 */
export function normalize(output: string): void {
  normalizeNode(output, '');
}

/** The node stands at `name` in the output, which is at `top`. */
function normalizeNode(top: string, name: string): void {
  const path = encodeBytes(`${top}${name}`);
  if (path.length > longestPath) {
    throw new Error(`${describe(name.slice(0, 60))} goes deeper than a path can`);
  }
  const found = lstatSync(path);
  if (found.isDirectory()) {
    chmodSync(path, 0o755);
    for (const inner of readNames(`${top}${name}`)) normalizeNode(top, `${name}/${inner}`);
    if (name !== '') chmodSync(path, 0o555);
  } else if (found.isFile()) {
    chmodSync(path, isExecutable(found) ? 0o555 : 0o444);
  } else if (!found.isSymbolicLink()) {
    throw new Error(`${describe(name)} is neither a file nor a directory nor a link`);
  }
  lutimesSync(path, storeTime, storeTime);
}

function describe(name: string): string {
  return name === '' ? 'its output' : `${quoteWords([name.slice(1)])} in its output`;
}

/** The same of an output that has been moved into its place. */
export function normalizeTop(output: string): void {
  if (lstatSync(output).isDirectory()) chmodSync(output, 0o555);
  lutimesSync(output, storeTime, storeTime);
}
