import { getSystemErrorMessage } from 'node:util';

/** The system's name for an error: `ENOENT`; `undefined` if it isn't the system's. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** What the system said, without Node's words around it: "permission denied". */
export function renderSystemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of a name with several addresses, each has its own; together they have no message.
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(renderSystemError))].join(', ');
  }
  // That of `rmSync` has no sign.
  return isSystemError(error) ? getSystemErrorMessage(-Math.abs(error.errno)) : error.message;
}

/** Whether there is no room left for what was to be written. */
export function isFull(error: unknown): boolean {
  return errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT';
}

/** Whether it is the system's. zlib's have a number, too, of its own counting, and Node's own a code. */
export function isSystemError(error: unknown): error is Error & { readonly errno: number } {
  return (
    error instanceof Error &&
    'syscall' in error &&
    'errno' in error &&
    typeof error.errno === 'number'
  );
}
