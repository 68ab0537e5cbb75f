import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { renderSystemError } from '../errors/system.ts';
import type { Finding, Machine } from './check.ts';

/** Where the daemon has its builds. */
export function findBuildDirectory({ environment }: Machine): string {
  return environment['TMPDIR'] || '/tmp';
}

/** What keeps it from making a directory for each of them there; `undefined`: nothing. */
export function findBuildDirectoryFault(machine: Machine): Finding | undefined {
  const directory = findBuildDirectory(machine);
  const reason = findReason(directory);
  return reason === undefined
    ? undefined
    : {
        state: 'broken',
        text: `TMPDIR is ${directory}: ${reason}`,
        meaning:
          'The daemon makes the directory of each build there, and each fails. To have them in /tmp:',
        command: 'unset TMPDIR',
      };
}

function findReason(directory: string): string | undefined {
  if (!isAbsolute(directory)) return 'it does not begin with /';
  try {
    if (!statSync(directory).isDirectory()) return 'not a directory';
    accessSync(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return renderSystemError(error);
  }
}
