import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { now } from '../../processes/clock.ts';
import type { Proxies } from '../proxies.ts';
import type { Server } from '../servers.ts';
import { Health, type Peers } from './health.ts';
import { isBroken, renderNetworkError } from './network-error.ts';
import { Agent, type Dispatcher, EnvHttpProxyAgent, redirect } from './undici.ts';

/** What a server says to the question for a narinfo. */
export type Answer =
  | { readonly is: 'found'; readonly bytes: Buffer }
  | { readonly is: 'absent' }
  | { readonly is: 'unknown' };

/** A small file, or what a server says instead. */
export type Fetched = { readonly statusCode: number; readonly bytes: Buffer };

/** A nar that comes in from a server, from an offset on. */
export type Incoming = {
  readonly body: AsyncIterable<Buffer>;
  /** Bytes of the whole nar, also where only the rest of it comes. */
  readonly size: number | undefined;
};

/** A substitute server, with the connections to it. */
export class Upstream {
  readonly server: Server;
  readonly health: Health;
  readonly #narinfos: Dispatcher;
  readonly #openNars: () => Dispatcher;
  #nars: Dispatcher | undefined;
  /** How many small files it has answered for. */
  #answered = 0;

  constructor(server: Server, { proxies, peers }: { proxies: Proxies; peers: Peers }) {
    this.server = server;
    this.health = new Health(peers);
    this.#narinfos = openDispatcher(server, proxies, narinfoConnections);
    this.#openNars = () =>
      openDispatcher(server, proxies, narConnections).compose(redirect({ maxRedirections: 5 }));
  }

  /** Asks for the narinfo of a store item by its hash; waits no longer than can be expected. */
  async askNarinfo(hash: string): Promise<Answer> {
    const answer = this.#ask(hash);
    for (;;) {
      using waiting = startWaiting(Math.min(Math.max(this.health.patience, 1), lookEvery));
      const first = await Promise.race([answer, waiting.over]);
      if (first !== undefined) return first;
      // Timers come before sockets: where we were busy ourselves, the answer may be there.
      if (this.health.isOverdue) await nextTurn();
      if (this.health.isOverdue) return this.#giveUp();
    }
  }

  #giveUp(): Answer {
    this.health.reason ??= 'it does not answer';
    return { is: 'unknown' };
  }

  /** The answer, whenever it comes: also one that comes too late says how fast the server is. */
  async #ask(hash: string): Promise<Answer> {
    const askedAt = now();
    this.health.asked();
    try {
      const { statusCode, bytes } = await this.fetchFile(`${hash}.narinfo`);
      if (statusCode >= 500 || statusCode === 429) {
        this.health.excused(`HTTP status ${statusCode}`);
        return { is: 'unknown' };
      }
      this.health.answered(now() - askedAt);
      return statusCode === 200 ? { is: 'found', bytes } : { is: 'absent' };
    } catch (error) {
      this.health.failed(renderNetworkError(error), now() - askedAt);
      return { is: 'unknown' };
    }
  }

  /**
   * Fetches a small file by its name, whatever the answer is. A server may close a connection at any
   * time, with questions on their way: they are asked again, as long as it answers any.
   */
  async fetchFile(name: string, signal?: AbortSignal): Promise<Fetched> {
    for (let failures = 0; ;) {
      const answeredBefore = this.#answered;
      try {
        const { statusCode, body } = await this.#narinfos.request({
          ...locate(this.server.url, name),
          method: 'GET',
          headers: { 'user-agent': userAgent },
          // It may follow others on its connection without waiting for their answers.
          blocking: false,
          ...(signal && { signal }),
        });
        const bytes = await readAll(body, largestNarinfo);
        this.#answered++;
        return { statusCode, bytes };
      } catch (error) {
        if (!isBroken(error)) throw error;
        failures = this.#answered > answeredBefore ? 0 : failures + 1;
        if (failures === mostAttempts) throw error;
      }
    }
  }

  /** Looks for a file; throws if it hasn't got it, or can't be asked. */
  async lookFor(name: string): Promise<void> {
    const { statusCode, body } = await this.#narinfos.request({
      ...locate(this.server.url, name),
      method: 'HEAD',
      headers: { 'user-agent': userAgent },
      headersTimeout: stallLasts,
    });
    await body.dump();
    if (statusCode !== 200) throw new HttpStatus(statusCode);
  }

  /**
   * Opens a nar by its URL, from `offset` bytes on. Throws if the server hasn't got it, or if it takes
   * longer than is worth waiting for: much longer where there is nobody else (`isAlone`).
   */
  async openNar(
    url: string,
    offset: number,
    { signal, isAlone = false }: { readonly signal: AbortSignal; readonly isAlone?: boolean },
  ): Promise<Incoming> {
    this.#nars ??= this.#openNars();
    const { statusCode, headers, body } = await this.#nars.request({
      ...locate(this.server.url, url),
      method: 'GET',
      headers: { 'user-agent': userAgent, ...(offset > 0 && { range: `bytes=${offset}-` }) },
      signal,
      ...(isAlone && { headersTimeout: patience, bodyTimeout: patience }),
    });
    const length = readLength(headers['content-length']);
    if (statusCode === 200) return { body: offset > 0 ? skip(body, offset) : body, size: length };
    if (statusCode === 206 && offset > 0) {
      const [, start, total] =
        /^bytes (\d+)-\d+\/(\d+)$/.exec(String(headers['content-range'])) ?? [];
      if (Number(start) === offset) return { body, size: Number(total) };
    }
    body.on('error', () => {}).destroy();
    throw new HttpStatus(statusCode);
  }

  async close(): Promise<void> {
    await Promise.all([this.#narinfos.destroy(), this.#nars?.destroy()]);
  }
}

/** A server's answer that it doesn't send what was asked for. */
export class HttpStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP status ${status}`);
    this.name = 'HttpStatus';
    this.status = status;
  }
}

type Connections = { readonly connections: number; readonly pipelining: number };

/** As many questions at a time go to one server: four connections, with more in each of them. */
const narinfoConnections: Connections = { connections: 4, pipelining: 32 };
const narConnections: Connections = { connections: 8, pipelining: 1 };

/**
 * Certificates are not looked at, as Guix itself doesn't: whose substitutes are taken is told by the
 * signatures of their narinfos and the hashes in these.
 */
function openDispatcher(
  { url }: Server,
  { http, https, none }: Proxies,
  connections: Connections,
): Dispatcher {
  const tls = { rejectUnauthorized: false, timeout: connectingTakes };
  const options = {
    ...connections,
    connect: tls,
    headersTimeout: silenceLasts,
    bodyTimeout: stallLasts,
  };
  const proxy = url.startsWith('https:') ? https : http;
  if (!proxy) return new Agent(options);
  return new EnvHttpProxyAgent({
    ...options,
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: none ?? '',
    requestTls: tls,
    // Proxies of the plain kind allow CONNECT to port 443 alone.
    proxyTunnel: false,
  });
}

const userAgent = 'guix-entry-point';
const connectingTakes = 5000; // ms
const silenceLasts = 10_000; // ms
/** A nar from which nothing comes for so long is fetched elsewhere. */
const stallLasts = 3000; // ms
/** For what can be had nowhere else. */
const patience = 60_000; // ms
/** What others answer meanwhile tells how long an answer can take. */
const lookEvery = 200; // ms
const largestNarinfo = 1 << 20;
const mostAttempts = 5;

/** Where a server has a file: its URL is a directory, whether it ends in a slash or not. */
function locate(base: string, file: string): { readonly origin: string; readonly path: string } {
  const { origin, pathname, search } = new URL(file, `${base.replace(/\/+$/, '')}/`);
  return { origin, path: `${pathname}${search}` };
}

async function readAll(body: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new Error(`its answer is larger than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readLength(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined;
}

/** A server that doesn't know ranges begins at the beginning. */
async function* skip(body: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of body) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(left - chunk.length, 0);
  }
}

function startWaiting(milliseconds: number): Disposable & { readonly over: Promise<undefined> } {
  const ending = new AbortController();
  const over = delay(milliseconds, undefined, { signal: ending.signal }).catch(() => undefined);
  return { over, [Symbol.dispose]: () => ending.abort() };
}
