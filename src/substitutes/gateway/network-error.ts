import { renderSystemError } from '../../errors/system.ts';

/** What undici and Node say of a connection that came to nothing, in words that fit behind "out:". */
export function renderNetworkError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return wordings[String(code)] ?? renderSystemError(error);
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
