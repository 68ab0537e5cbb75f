import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { EntryPointError } from '../errors/failure.ts';
import { errorCode, renderSystemError } from '../errors/system.ts';
import { encodeBytes } from '../processes/bytes.ts';
import { findFile, findOnPath } from '../processes/path.ts';
import { endsInCarriageReturn, parseShebang, type Shebang } from './shebang.ts';

/** A file that can be executed: a script with the interpreter that it names, or a program. */
export type Program =
  | { readonly is: 'binary'; readonly file: string }
  | { readonly is: 'script'; readonly file: string; readonly shebang: Shebang }
  /** Text without a `#!` line, which execvp(3) and shells give to `sh`. */
  | { readonly is: 'bare script'; readonly file: string };

/** Finds a command as execvp(3) does, and looks whether it can be executed before anything is done for it. */
export function findProgram(command: string, path: string | undefined): Program {
  const file = command.includes('/') ? command : findOnPath(command, path);
  if (command === '' || file === undefined) {
    throw new EntryPointError({ kind: 'command-not-found', command });
  }
  refuseUnexecutable(command, file);
  return readProgram(command, file);
}

function refuseUnexecutable(command: string, file: string): void {
  try {
    const isDirectory = statSync(encodeBytes(file)).isDirectory();
    if (isDirectory) {
      throw new EntryPointError({
        kind: 'command-not-executable',
        command,
        reason: 'it is a directory',
      });
    }
    accessSync(encodeBytes(file), constants.X_OK);
  } catch (cause) {
    if (cause instanceof EntryPointError) throw cause;
    const isMissing = errorCode(cause) === 'ENOENT';
    throw new EntryPointError(
      isMissing
        ? { kind: 'command-not-found', command }
        : { kind: 'command-not-executable', command, reason: renderSystemError(cause) },
      { cause },
    );
  }
}

function readProgram(command: string, file: string): Program {
  const start = readStart(file);
  if (start === undefined) return { is: 'binary', file };
  const shebang = parseShebang(start);
  if (shebang === undefined) return { is: start.includes(0) ? 'binary' : 'bare script', file };
  const { interpreter } = shebang;
  if (endsInCarriageReturn(shebang)) {
    throw new EntryPointError({ kind: 'carriage-return', script: command });
  }
  if (findFile(interpreter) === undefined) {
    throw new EntryPointError({ kind: 'interpreter-not-found', script: command, interpreter });
  }
  return { is: 'script', file, shebang };
}

/** What the kernel looks at to tell what a file is (BINPRM_BUF_SIZE); `undefined` if we may not. */
function readStart(file: string): Buffer | undefined {
  try {
    const descriptor = openSync(encodeBytes(file), 'r');
    try {
      const start = Buffer.alloc(256);
      return start.subarray(0, readSync(descriptor, start));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}
