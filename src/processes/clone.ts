import { getSystemErrorName } from 'node:util';
import { callLibc, cloneAndExit } from './libc.ts';

/** What clone(2) gives a process of its own, as guix-daemon gives it to a builder. */
const builderSpaces = 0x20000000 | 0x00020000 | 0x40000000 | 0x08000000 | 0x04000000; // pid, mount, network, IPC, UTS

/** As nix-daemon has them, where it can. */
const userSpace = 0x10000000;

/**
 * Whether this process may have a child in name spaces of its own: makes one, which ends at once.
 * Returns the name of the error, `EPERM`, `EINVAL` or `ENOSPC`, where the kernel refuses.
 */
export function tryNameSpaces({ ofUsers = false } = {}): string | undefined {
  const result = cloneAndExit(ofUsers ? userSpace | builderSpaces : builderSpaces);
  if (result < 0) return getSystemErrorName(result);
  callLibc('waitpid', result, [0], 0);
  return undefined;
}
