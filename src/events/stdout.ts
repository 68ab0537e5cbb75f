import { EntryPointError } from '../errors/failure.ts';
import { errorCode, renderSystemError } from '../errors/system.ts';
import { writeWhole } from './write.ts';

/**
 * Writes to stdout what was asked of us, not of a command. Returns `false` when whoever read it has
 * gone: `guix-entry-point logs | head -n 1`.
 */
export function writeToStdout(text: string | Buffer): boolean {
  try {
    writeWhole(1, text);
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'EPIPE') return false;
    throw new EntryPointError({ kind: 'output-lost', reason: renderSystemError(cause) }, { cause });
  }
}
