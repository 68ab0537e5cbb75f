import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { guix } from '../../src/daemon/guix.ts';
import { openGatewayServer } from '../../src/substitutes/gateway/serve.ts';
import type { SubstituteUse } from '../../src/substitutes/gateway/use.ts';
import type { Server } from '../../src/substitutes/servers.ts';

/** The item of the one narinfo that was really signed. */
export const hash = 'p9iqmd29fdw485sh18pcx0v5qdgmymcb';
export const key =
  '(public-key (ecc (curve Ed25519) (q #4EA9B639D25F5AFED7D80738AD06030C0E1CDAAB3E4CD51B5E4C4FF65415D742#)))';
const file = join(import.meta.dirname, `../fixtures/narinfos/${hash}.narinfo`);
const signed = readFileSync(file, 'latin1').replace(/^URL[^]*/m, '');

/** Its narinfo, with what nobody signs: where the nar is, and how large. */
export function narinfo(url: string, size: number): string {
  return `${signed}URL: ${url}\nCompression: none\nFileSize: ${size}\n`;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A substitute server on loopback. */
export async function serve(handler: Handler): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => void handler(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${toPort(server.address())}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A gateway in this process. */
export type Gateway = AsyncDisposable & {
  /** All bytes that come on a connection for a request that asks to close it. */
  readonly ask: (path: string) => Promise<{ readonly head: string; readonly body: string }>;
  readonly use: () => SubstituteUse;
};

export async function openGateway(servers: readonly Server[], proxy?: string): Promise<Gateway> {
  const sockets = createSocketServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(sockets, 'listening');
  const port = toPort(sockets.address());
  const gateway = openGatewayServer({
    url: `http://127.0.0.1:${port}`,
    servers,
    proxies: { http: proxy, https: undefined, none: '127.0.0.1' },
    kind: guix,
    trusted: () => new Set([key]),
  });
  sockets.on('connection', gateway.accept);
  return {
    async ask(path) {
      const socket = connect(port, '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n`);
      const [head = '', body = ''] = (await text(socket.setEncoding('latin1'))).split(
        /\r\n\r\n([^]*)/,
      );
      return { head, body };
    },
    use: gateway.use,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      sockets.close();
      await once(sockets, 'close');
    },
  };
}

function toPort(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return address.port;
}
