import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { guixKeys } from '../daemon/guix.ts';
import type { Arguments, Environment, Kind } from '../daemon/kind.ts';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { renderFailure } from '../errors/wording.ts';
import type { Report } from '../events/event.ts';
import type { Options } from '../options/options.ts';
import { acceptLater, listenOnLoopback } from '../processes/listening.ts';
import { followAcl } from './acl-file.ts';
import { encodeBase32 } from './base32.ts';
import type { GatewayServer } from './gateway/serve.ts';
import { listKeyFiles } from './key-files.ts';
import { type PublicKey, readPublicKey } from './keys.ts';
import { listServers } from './list.ts';
import { makeRoomForLookUps } from './look-ups.ts';
import { findProxies, type Proxies } from './proxies.ts';
import type { Server } from './servers.ts';

/** The substitutes of a run. */
export type Substitutes = AsyncDisposable & {
  /** What a daemon that is started with this environment is to be given; only then is a gateway opened. */
  readonly forDaemon: (environment: Environment) => Arguments;
  /** Tells what was fetched, if anything was. */
  readonly tell: () => void;
};

type Wish = {
  readonly options: Pick<Options, 'substitutes' | 'substituteUrls' | 'addedSubstituteUrls'>;
  readonly kind: Kind;
  readonly report: Report;
};

/** Prepares the way to the substitute servers. A bad list of them is an error at once. */
export function prepareSubstitutes(wish: Wish): Substitutes {
  const { options, kind, report } = wish;
  const servers = listServers({ urls: options.substituteUrls, added: options.addedSubstituteUrls });
  const urls = servers.map(({ url }) => url).join(' ');
  let gateway: Gateway | undefined;
  return {
    forDaemon(environment) {
      if (options.substitutes === 'off') return { options: kind.substitutes.off, environment };
      try {
        if (options.substitutes === 'gateway' && servers.length > 0) {
          const proxies = findProxies(environment);
          gateway = new Gateway({ ...wish, environment, servers, proxies });
          return gateway.forDaemon();
        }
      } catch (error) {
        report({ event: 'gateway-lost', reason: renderReason(error) });
      }
      return { options: kind.substitutes.from(urls), environment };
    },
    tell: () => gateway?.tell(report),
    async [Symbol.asyncDispose]() {
      await gateway?.close();
    },
  };
}

type GatewayWish = Omit<Wish, 'options'> & {
  readonly environment: Environment;
  readonly servers: readonly Server[];
  readonly proxies: Proxies;
};

function renderReason(error: unknown): string {
  if (!(error instanceof EntryPointError)) return renderSystemError(error);
  return (renderFailure(error.failure)[0] ?? '').replace(/\.$/, '');
}

/** The name of the file among ours that holds a key; one that can't be read is of no account here. */
function findKeyName(publicKey: PublicKey): string | undefined {
  try {
    return listKeyFiles().find(({ read }) => readPublicKey(read()) === publicKey)?.name;
  } catch {
    return undefined;
  }
}

/**
 * One address for all servers. Until somebody connects it is a socket and nothing more: a run that
 * needs no substitute doesn't pay for what speaks HTTP.
 */
class Gateway {
  readonly #wish: GatewayWish;
  readonly #url: string;
  readonly #sockets: Disposable;
  #loading: Promise<void> | undefined;
  #http: GatewayServer | undefined;

  constructor(wish: GatewayWish) {
    this.#wish = wish;
    const { descriptor, port } = listenOnLoopback();
    this.#url = `http://127.0.0.1:${port}`;
    this.#sockets = acceptLater(descriptor, (socket) => {
      this.#loading ??= this.#load();
      void this.#loading.then(() => this.#http?.accept(socket));
    });
  }

  /** With `http_proxy`, Guile asks that proxy for our address, too: we stand in for it (relay.ts). */
  forDaemon(): Arguments {
    const { kind, environment, proxies } = this.#wish;
    const proxy = proxies.http === undefined ? {} : { http_proxy: this.#url };
    return {
      options: kind.substitutes.from(this.#url),
      environment: { ...environment, ...proxy },
    };
  }

  /**
   * What speaks HTTP takes 20 ms to load, in which nothing else moves. Only now, although there would
   * be time before, while Guix gets ready for its question: a session that begins and ends meanwhile
   * wouldn't be seen (daemon/temp-roots.ts). Whoever asks waits for us.
   */
  async #load(): Promise<void> {
    const { servers, proxies, kind, environment } = this.#wish;
    const { openGatewayServer } = await import('./gateway/serve.ts');
    makeRoomForLookUps(servers.length);
    this.#http = openGatewayServer({
      url: this.#url,
      servers,
      proxies,
      store: kind.store,
      acl: followAcl(guixKeys.acl(environment)),
    });
  }

  tell(report: Report): void {
    if (this.#http === undefined) return;
    const { unauthorized, ...use } = this.#http.use();
    for (const one of unauthorized) {
      report({ event: 'key-unauthorized', ...one, key: findKeyName(one.publicKey) });
    }
    const isWorthTelling = use.bytes > 0 || use.failed.length > 0;
    if (isWorthTelling) report({ event: 'substitutes-used', ...use });
  }

  async close(): Promise<void> {
    this.#sockets[Symbol.dispose]();
    await this.#loading;
    if (this.#http === undefined) return;
    await this.#http.close();
    // What Guix keeps of a server goes by its URL, and ours is another one in each run.
    const { createHash } = await import('node:crypto');
    const name = encodeBase32(createHash('sha256').update(this.#url).digest());
    rmSync(join(guixKeys.narinfoCache(this.#wish.environment), name), {
      recursive: true,
      force: true,
    });
  }
}
