import type { Arguments, Environment, Kind, SetUp } from '../daemon/kind.ts';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { renderFailure } from '../errors/wording.ts';
import type { Report } from '../events/event.ts';
import type { Options } from '../options/options.ts';
import { acceptLater, listenOnLoopback } from '../processes/listening.ts';
import { type Dialect, dialects } from './dialect.ts';
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
  readonly options: Pick<
    Options,
    'substitutes' | 'substituteUrls' | 'addedSubstituteUrls' | 'daemonOptions'
  >;
  readonly kind: Kind;
  /** That of the command. */
  readonly environment: Environment;
  readonly report: Report;
};

/** Prepares the way to the substitute servers. A bad list of them is an error at once. */
export function prepareSubstitutes(wish: Wish): Substitutes {
  const { options, kind, report } = wish;
  const { substituteUrls: urls, addedSubstituteUrls: added, daemonOptions } = options;
  const dialect = dialects[kind.name];
  const setUp = { environment: wish.environment, daemonOptions };
  const servers = listServers({ urls, added }, dialect.listServers(setUp));
  let gateway: Gateway | undefined;

  function choose(environment: Environment): Arguments {
    if (options.substitutes === 'off') return { options: kind.substitutes.off, environment };
    try {
      const chosen = dialect.chooseForGateway(servers, setUp);
      if (options.substitutes === 'gateway' && chosen.length > 0) {
        const proxies = findProxies(environment);
        gateway = new Gateway({
          ...wish,
          dialect,
          environment,
          daemonOptions,
          servers: chosen,
          proxies,
        });
        const others = servers.filter((server) => !chosen.includes(server));
        return gateway.forDaemon(others, servers);
      }
    } catch (error) {
      report({ event: 'gateway-lost', reason: renderReason(error) });
    }
    const all = toUrls(servers);
    return { options: kind.substitutes.from(all, all), environment };
  }

  return {
    forDaemon: choose,
    tell: () => gateway?.tell(report),
    async [Symbol.asyncDispose]() {
      await gateway?.close();
    },
  };
}

type GatewayWish = Omit<Wish, 'options'> &
  SetUp & {
    readonly dialect: Dialect;
    /** That of the daemon. */
    readonly environment: Environment;
    readonly servers: readonly Server[];
    readonly proxies: Proxies;
  };

function toUrls(servers: readonly Server[]): string {
  return servers.map(({ url }) => url).join(' ');
}

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

  /** It asks us, and others besides, in place of all. */
  forDaemon(others: readonly Server[], all: readonly Server[]): Arguments {
    const { kind, dialect, environment } = this.#wish;
    const urls = toUrls([{ url: this.#url }, ...others]);
    return {
      options: kind.substitutes.from(urls, toUrls(all)),
      environment: dialect.behindGateway(environment, this.#url),
    };
  }

  /**
   * What speaks HTTP takes 20 ms to load, in which nothing else moves. Only now, although there would
   * be time before, while who asks gets ready for its question: a session that begins and ends meanwhile
   * wouldn't be seen (daemon/temp-roots.ts). Whoever asks waits for us.
   */
  async #load(): Promise<void> {
    const { servers, proxies, kind, dialect } = this.#wish;
    const { openGatewayServer } = await import('./gateway/serve.ts');
    makeRoomForLookUps(servers.length);
    this.#http = openGatewayServer({
      url: this.#url,
      servers,
      proxies,
      kind,
      trusted: dialect.followKeys(this.#wish),
    });
  }

  tell(report: Report): void {
    if (this.#http === undefined) return;
    const { unauthorized, ...use } = this.#http.use();
    for (const one of unauthorized) {
      const key = findKeyName(one.publicKey);
      report({ event: 'key-unauthorized', kind: this.#wish.kind.name, ...one, key });
    }
    const isWorthTelling = use.bytes > 0 || use.failed.length > 0;
    if (isWorthTelling) report({ event: 'substitutes-used', ...use });
  }

  async close(): Promise<void> {
    this.#sockets[Symbol.dispose]();
    await this.#loading;
    await this.#http?.close();
    const { dialect, environment } = this.#wish;
    await dialect.forget(environment, { url: this.#url, wasAsked: this.#http !== undefined });
  }
}
