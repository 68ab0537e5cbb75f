// A way from a machine to the mirrors of Debian and npm, which its loopback alone doesn't have: an HTTP
// proxy.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { path } from 'zx';
import { cacheDirectory } from './debian.ts';
import type { Machine } from './machine.ts';

/** A proxy that a machine's programs can use; it ends when it is disposed of. */
export type Mirror = AsyncDisposable & {
  /** What `http_proxy` and `https_proxy` are to be in the machine. */
  readonly url: string;
};

/**
 * Opens the proxy. It listens in the machine and asks in our own network: a socket belongs to the
 * name space that it was made in, whoever holds it. Packages are kept in the cache of this machine.
 */
export async function openMirror(machine: Pick<Machine, 'pid'>): Promise<Mirror> {
  const socket = await listenIn(machine);
  const server = createServer((asked, answer) => {
    // Who asks sees that the answer is cut short, and tells it.
    serve(asked.url ?? '', answer).catch(() => answer.destroy());
  });
  server.on('connect', tunnel);
  // The server itself forgets those of tunnels.
  const clients = new Set<Socket>();
  server.on('connection', (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
  });
  server.listen(socket);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

/** What runs in the machine's network, and ends when it has handed over its socket. */
const listener = `
const server = require('node:net').createServer();
server.listen(0, '127.0.0.1', () => process.send('listening', server, () => process.exit()));`;

async function listenIn(machine: Pick<Machine, 'pid'>): Promise<Server> {
  const words = [`--target=${machine.pid}`, '--net', process.execPath, '--eval', listener];
  const child = spawn('nsenter', words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const [, socket] = await once(child, 'message');
  await ended;
  if (socket instanceof Server) return socket;
  throw new Error('no socket came from the machine');
}

/** For HTTPS, of which the proxy sees nothing. */
function tunnel({ url = '' }: IncomingMessage, client: Duplex): void {
  const { hostname, port } = new URL(`https://${url}`);
  const server = connect(Number(port) || 443, hostname, () => {
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    // Whoever hangs up first, the other learns of it.
    pipeline(client, server, client).catch(() => {});
  });
  server.once('error', () => client.destroy());
  client.once('close', () => server.destroy());
}

/** Answers with what the mirror has; a package is the same for ever, so it is asked for once. */
async function serve(url: string, answer: ServerResponse): Promise<void> {
  const file = path.join(cacheDirectory(), 'packages', path.basename(url));
  const isPackage = url.endsWith('.deb');
  if (!isPackage || !existsSync(file)) {
    const response = await fetch(url);
    if (!isPackage || !response.ok) return pass(response, answer);
    await keep(response, file);
  }
  answer.writeHead(200, { 'content-length': statSync(file).size });
  await pipeline(createReadStream(file), answer);
}

async function pass(response: Response, answer: ServerResponse): Promise<void> {
  answer.writeHead(response.status);
  if (response.body === null) answer.end();
  else await pipeline(response.body, answer);
}

/** It gets its name when it is complete. */
async function keep({ body }: Response, file: string): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await pipeline(body ?? [], createWriteStream(unfinished));
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}
