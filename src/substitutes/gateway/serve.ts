import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Kind } from '../../daemon/kind.ts';
import type { PublicKey } from '../keys.ts';
import type { Proxies } from '../proxies.ts';
import type { Server } from '../servers.ts';
import { Catalog, type Item } from './catalog.ts';
import { narinfoForms } from './forms.ts';
import { Peers } from './health.ts';
import type { Nar, Narinfo } from './narinfo.ts';
import { relay } from './relay.ts';
import { type Places, sendNar } from './transfer.ts';
import { Upstream } from './upstream.ts';
import { type SubstituteUse, UseCount } from './use.ts';

/** What the gateway needs to know. */
export type GatewayWish = {
  /** Where it is reached: `http://127.0.0.1:4711`. */
  readonly url: string;
  readonly servers: readonly Server[];
  readonly proxies: Proxies;
  /** Whose daemon asks. */
  readonly kind: Pick<Kind, 'name' | 'store'>;
  /** The keys whose signatures count on this machine. */
  readonly trusted: () => ReadonlySet<PublicKey>;
};

/** The part of the gateway that speaks HTTP. */
export type GatewayServer = {
  /** Takes over a connection of which nothing has been read yet. */
  readonly accept: (socket: Socket) => void;
  /** What was fetched so far. */
  readonly use: () => SubstituteUse;
  readonly close: () => Promise<void>;
};

/**
 * Answers a daemon for all listed servers. It knows three kinds of requests: for what kind of
 * server this is, for a narinfo, and for a nar that a narinfo has named; it reaches no other server
 * than those listed, and those that one of them sends it on to for a nar.
 */
export function openGatewayServer(wish: GatewayWish): GatewayServer {
  const { proxies, kind, trusted } = wish;
  const form = narinfoForms[kind.name];
  const peers = new Peers();
  const upstreams = wish.servers.map((server) => new Upstream(server, { proxies, peers }));
  const catalog = new Catalog(upstreams, { store: kind.store, form, trusted });
  const count = new UseCount(upstreams, catalog);
  // The first of the fields is all that Guix asks for. By the others, Nix may ask for many items at once, and
  // asks us when it would ask the server that it knows itself.
  const cacheInfo = `StoreDir: ${kind.store}\nWantMassQuery: 1\nPriority: 40\n`;
  /** The nars of the narinfos that were handed on, by their paths. */
  const nars = new Map<string, Named>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url: given = '' } = request;
    // Who takes us for a proxy writes us in front.
    const url = given.startsWith(`${wish.url}/`) ? given.slice(wish.url.length) : given;
    const hash = /^\/([0-9a-z]{32})\.narinfo$/.exec(url)?.[1];
    if (!url.startsWith('/')) relay(request, response, wish.proxies.http);
    else if (method !== 'GET' && method !== 'HEAD') finish(response, 405);
    else if (url === '/nix-cache-info') finish(response, 200, cacheInfo);
    else if (hash !== undefined) await answerNarinfo(hash, response);
    else if (form.others?.test(url) === true) await sendOn(url, response);
    else if (method === 'HEAD') finish(response, nars.has(url) ? 200 : 404);
    else await answerNar(url, response);
  }

  async function answerNarinfo(hash: string, response: ServerResponse): Promise<void> {
    const item = await catalog.find(hash);
    if (item === 'absent') return finish(response, 404);
    if (item === 'unknown') return finish(response, form.statusOfUnknown);
    for (const nar of item.narinfo.nars) {
      const path = `/${nar.url}`;
      // Nobody signs this: an item that names the nar of another doesn't get it.
      if (!nars.has(path) || path.includes(hash)) nars.set(path, { hash, item, nar });
    }
    return finish(response, 200, item.narinfo.bytes);
  }

  /** Whoever asks is to judge by the certificate, which isn't looked at here: so it asks that server itself. */
  async function sendOn(url: string, response: ServerResponse): Promise<void> {
    const looking = upstreams
      .filter(({ health }) => !health.isOut)
      .map(async (upstream) => {
        await upstream.lookFor(url.slice(1));
        return upstream.server;
      });
    const found = await Promise.any(looking).catch(() => undefined);
    if (found === undefined) return finish(response, 404);
    response.setHeader('location', found.url + url);
    return finish(response, 307);
  }

  async function answerNar(url: string, response: ServerResponse): Promise<void> {
    const named = nars.get(url) ?? (await findAgain(url));
    if (named === undefined) return finish(response, 404);
    const { hash, item, nar } = named;
    if ((nar.size ?? Infinity) >= worthMirrors) void catalog.askMirrors(hash, item);
    const places: Places = {
      list: () => catalog.listSources(item, nar),
      isComplete: () => catalog.isComplete(hash),
      waitForMore: () => catalog.waitForAnswers(hash),
    };
    if (!(await sendNar(response, places, count))) finish(response, 404);
  }

  /** Guix keeps narinfos: one of an earlier run may have named it. */
  async function findAgain(url: string): Promise<Named | undefined> {
    const hash = /\/([0-9a-z]{32})-[^/]+$/.exec(url)?.[1];
    if (hash === undefined) return undefined;
    const item = await catalog.find(hash);
    if (typeof item === 'string') return undefined;
    const nar = findNar(item.narinfo, url);
    return nar === undefined ? undefined : { hash, item, nar };
  }

  const server = createServer((request, response) => {
    // Who hangs up is not to be answered.
    response.on('error', () => {});
    answer(request, response).catch((error: unknown) => {
      response.destroy();
      throw error;
    });
  });
  // Guix keeps a connection for later, and is not told when it is closed.
  server.keepAliveTimeout = 0;
  const sockets = new Set<Socket>();
  return {
    accept(socket) {
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      server.emit('connection', socket);
      socket.resume();
    },
    use: () => count.read(),
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(upstreams.map((upstream) => upstream.close()));
    },
  };
}

/** A nar that a narinfo names. */
type Named = { readonly hash: string; readonly item: Item; readonly nar: Nar };

/** From so many bytes on, it is worth a question who else has the same file. */
const worthMirrors = 512 * 1024;

function findNar({ nars }: Narinfo, path: string): Nar | undefined {
  return nars.find(({ url }) => `/${url}` === path);
}

function finish(response: ServerResponse, status: number, body: string | Buffer = ''): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
