import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { quoteWords } from '../../events/quote.ts';
import { haveSameContent } from '../../files/compare.ts';
import { decodeBytes, encodeBytes } from '../../processes/bytes.ts';
import { isExecutable } from '../nar.ts';
import { readNames } from './trees.ts';

/** How two trees differ, file by file: a line for each, by its name in them, which may be any bytes. */
export async function compareTrees(
  one: string,
  other: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const differences: string[] = [];
  async function compare(name: string): Promise<void> {
    signal.throwIfAborted();
    const [its, others] = [encodeBytes(join(one, name)), encodeBytes(join(other, name))];
    const [kind, otherKind] = [findKind(its), findKind(others)];
    const tell = (what: string): void => void differences.push(`${quoteWords([name])}: ${what}`);
    if (kind !== otherKind) {
      tell(`${kind} and ${otherKind}`);
    } else if (kind === 'a directory') {
      const names = new Set([...readNames(join(one, name)), ...readNames(join(other, name))]);
      for (const inner of [...names].toSorted()) await compare(join(name, inner));
    } else if (kind === 'a link') {
      const [target, otherTarget] = [readTarget(its), readTarget(others)];
      if (target !== otherTarget)
        tell(`links to ${quoteWords([target])} and ${quoteWords([otherTarget])}`);
    } else if (!(await haveSameContent(its, others))) {
      tell('the content');
    }
  }
  await compare('.');
  return differences;
}

function readTarget(link: Buffer): string {
  return decodeBytes(readlinkSync(link, 'buffer'));
}

function findKind(path: Buffer): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'nothing';
  if (found.isDirectory()) return 'a directory';
  if (found.isSymbolicLink()) return 'a link';
  return isExecutable(found) ? 'a program' : 'a file';
}
