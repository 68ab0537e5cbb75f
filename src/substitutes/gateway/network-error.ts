import { errorCode, renderSystemError } from '../../errors/system.ts';

/** Whether a connection that stood has ended before its time; the next one may be fine. */
export function isBroken(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(readCode(error));
}

/** What undici and Node say of a connection that came to nothing, in words that fit behind "out:". */
export function renderNetworkError(error: unknown): string {
  return wordings[readCode(error)] ?? renderSystemError(error);
}

function readCode(error: unknown): string {
  return String(errorCode(error));
}

const wordings: Readonly<Record<string, string>> = {
  ENOTFOUND: 'host not found',
  EAI_AGAIN: 'host not found',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection broken',
  UND_ERR_SOCKET: 'connection broken',
  UND_ERR_CONNECT_TIMEOUT: 'connecting takes too long',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it stopped in the middle',
};
