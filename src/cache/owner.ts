import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { EntryPointError } from '../errors/failure.ts';
import { decodeBytes, encodeBytes } from '../processes/bytes.ts';
import { markFirst } from './manifest.ts';
import { isAbsence, oursStaged } from './names.ts';
import type { Trees } from './plan.ts';

/**
 * Notes down in a staging directory whose it is: what is known there, and what changes there, is of one
 * home cache. Throws an `EntryPointError` where it is another's.
 */
export function claimFor({ home, staged }: Trees): void {
  const owner = readOwner(staged);
  if (owner === home) return;
  if (owner !== undefined) throw new EntryPointError({ kind: 'cache-taken', home, owner, staged });
  markFirst(staged);
  writeFileSync(`${fileIn(staged)}.new`, encodeBytes(home), { mode: 0o600 });
  renameSync(`${fileIn(staged)}.new`, fileIn(staged));
}

function readOwner(staged: string): string | undefined {
  try {
    return decodeBytes(readFileSync(fileIn(staged)));
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function fileIn(staged: string): string {
  return `${staged}/${oursStaged}/home`;
}
