import type * as Net from 'node:net';

/** Node's `net`. It takes 2 ms to load, for which there is time when the daemon has been started. */
export function loadNet(): typeof Net {
  return process.getBuiltinModule('node:net');
}
