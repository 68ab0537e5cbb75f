import { chmodSync, lstatSync, lutimesSync, readdirSync, rmSync } from 'node:fs';
import { quoteWords } from '../../events/quote.ts';
import { isExecutable } from '../nar.ts';

/** As the store has it: one second after the epoch. */
const storeTime = 1; // s

/**
 * Gives all that is in an output the times and modes that it has in a store. The mode of the output
 * itself comes when it is in place: who isn't root can't move a directory that is read-only.
 */
export function normalize(output: string): void {
  normalizeNode(toBytes(output), { isTop: true });
}

function normalizeNode(node: string, { isTop }: { readonly isTop: boolean }): void {
  const path = Buffer.from(node, 'latin1');
  const found = lstatSync(path);
  if (found.isDirectory()) {
    chmodSync(path, 0o755);
    for (const name of readdirSync(path, 'latin1'))
      normalizeNode(`${node}/${name}`, { isTop: false });
    if (!isTop) chmodSync(path, 0o555);
  } else if (found.isFile()) {
    chmodSync(path, isExecutable(found) ? 0o555 : 0o444);
  } else if (!found.isSymbolicLink()) {
    throw new Error(
      `${quoteWords([path.toString()])} is neither a file nor a directory nor a link`,
    );
  }
  lutimesSync(path, storeTime, storeTime);
}

/** The same of an output that has been moved into its place. */
export function normalizeTop(output: string): void {
  if (lstatSync(output).isDirectory()) chmodSync(output, 0o555);
  lutimesSync(output, storeTime, storeTime);
}

/** Removes what a build has made, also where that is read-only. */
export function removeTree(path: string): void {
  makeRemovable(toBytes(path));
  rmSync(path, { recursive: true, force: true });
}

/** Names are bytes, whatever they mean: a character for each. */
function toBytes(path: string): string {
  return Buffer.from(path).toString('latin1');
}

function makeRemovable(path: string): void {
  const bytes = Buffer.from(path, 'latin1');
  if (lstatSync(bytes, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  chmodSync(bytes, 0o755);
  for (const name of readdirSync(bytes, 'latin1')) makeRemovable(`${path}/${name}`);
}
