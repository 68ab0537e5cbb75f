import { readFileSync, statSync } from 'node:fs';
import { type PublicKey, readAcl } from './keys.ts';

/**
 * Reads an access control list when it is asked for, and again when the file has changed: a command
 * may authorize a key and go on. Where it can't be read, nobody is authorized, as for Guix.
 */
export function followAcl(file: string): () => ReadonlySet<PublicKey> {
  let keys: ReadonlySet<PublicKey> = new Set();
  let seen: string | undefined;
  return () => {
    const state = readState(file);
    if (state !== seen) keys = read(file);
    seen = state;
    return keys;
  };
}

function readState(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'unreadable';
  }
}

function read(file: string): ReadonlySet<PublicKey> {
  try {
    return readAcl(readFileSync(file, 'utf8'));
  } catch {
    return new Set();
  }
}
