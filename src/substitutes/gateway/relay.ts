import { type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream';

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
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const isSecure = protocol === 'https:';
  const credentials = Buffer.from(
    `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
  );
  const passedOn = (isSecure ? requestHttps : requestHttp)({
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port || (isSecure ? 443 : 80),
    method: request.method,
    path: request.url,
    headers: {
      ...request.headers,
      ...(username !== '' && { 'proxy-authorization': `Basic ${credentials.toString('base64')}` }),
    },
  });
  passedOn.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // Where the answer breaks off, so does ours.
    pipeline(answer, response, () => {});
  });
  passedOn.on('error', () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-length': 0 }).end();
  });
  response.on('close', () => passedOn.destroy());
  request.pipe(passedOn);
}
