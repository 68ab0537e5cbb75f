import { type IncomingMessage, request as startRequest, type ServerResponse } from 'node:http';

// With `http_proxy`, Guile sends all that is for `http://` to the proxy, also what is for this machine.
// So the daemon is given us for its proxy, and what is not for us goes on to the user's.

/** Passes a request on to a proxy, as it came. */
export function relay(
  request: IncomingMessage,
  response: ServerResponse,
  proxy: string | undefined,
): void {
  if (proxy === undefined) {
    response.writeHead(404, { 'content-length': 0 }).end();
    return;
  }
  const { hostname, port, username, password } = new URL(proxy);
  const credentials = Buffer.from(
    `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
  );
  const passedOn = startRequest({
    host: hostname,
    port: port || 80,
    method: request.method,
    path: request.url,
    headers: {
      ...request.headers,
      ...(username !== '' && { 'proxy-authorization': `Basic ${credentials.toString('base64')}` }),
    },
  });
  passedOn.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  passedOn.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-length': 0 }).end();
  });
  request.pipe(passedOn);
}
