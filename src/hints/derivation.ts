import { readFileSync } from 'node:fs';

/**
 * Whether the result of a derivation is known beforehand by its hash: only such a build has a network.
 * An ATerm: `Derive([("out","/gnu/store/…","r:sha256","…")],…,"x86_64-linux","builtin:download",…`.
 */
export function isFetching(derivation: string): boolean {
  return /^Derive\(\[\("out","[^"]*","[^"]+"/.test(read(derivation));
}

/** Whether the daemon itself does what it says, as it does the usual downloads. */
export function isBuiltIn(derivation: string): boolean {
  return /\],"[^"]*","builtin:/.test(read(derivation));
}

/** One that is gone again says nothing. */
function read(derivation: string): string {
  try {
    return readFileSync(derivation, 'latin1');
  } catch {
    return '';
  }
}
