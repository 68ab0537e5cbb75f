import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openMirror } from '../../scripts/mirror.ts';

test('a tunnel that nobody hangs up ends with the mirror', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  // It listens in our own network here.
  const mirror = await openMirror(process);
  const client = connect(Number(new URL(mirror.url).port), '127.0.0.1');
  const closed = once(client, 'close');
  const accepted = once(server, 'connection');
  client.write(`CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`);
  const [answer] = await once(client, 'data');
  expect(String(answer)).toBe('HTTP/1.1 200 OK\r\n\r\n');
  const [far] = await accepted;
  const farClosed = far instanceof Socket ? once(far.resume(), 'close') : undefined;
  await mirror[Symbol.asyncDispose]();
  await Promise.all([closed, farClosed]);
  server.close();
});
