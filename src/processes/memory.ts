import { readFileSync } from 'node:fs';
import { callLibc } from './libc.ts';

const MADV_DONTNEED = 4;

/**
 * Takes the pages of our code out of this process's memory: while a command runs, next to none of it is
 * used. The page cache has them all, and what is used is back at once.
 */
export function giveBackCode(): void {
  for (const { begin, end } of listCode()) callLibc('madvise', begin, end - begin, MADV_DONTNEED);
}

/** What is mapped from files to be executed. Nobody can have written to it, so nothing is lost. */
function listCode(): readonly { readonly begin: bigint; readonly end: bigint }[] {
  const maps = readFileSync('/proc/self/maps', 'latin1');
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) r-xp .* \//gm)].map(([, begin, end]) => ({
    begin: BigInt(`0x${begin}`),
    end: BigInt(`0x${end}`),
  }));
}
