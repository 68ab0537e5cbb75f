import type { Kind } from '../daemon/kind.ts';
import { now } from '../processes/clock.ts';
import { unlessAborted } from './gateway/abort.ts';
import { Peers } from './gateway/health.ts';
import { renderNetworkError } from './gateway/network-error.ts';
import { HttpStatus, Upstream } from './gateway/upstream.ts';
import type { PublicKey } from './keys.ts';
import { findOffer } from './offer.ts';
import type { Proxies } from './proxies.ts';
import type { Server } from './servers.ts';

/** What a server is found to be like; what isn't known is `undefined`. */
export type Measurement = {
  readonly server: Server;
  /** It says what kind of server it is, which is what is asked first. */
  readonly answers: boolean;
  /** It answers, and for the store of this machine: a daemon leaves out others. */
  readonly isOfUse: boolean;
  /** Milliseconds from question to answer, on a connection that is there. */
  readonly latency?: number | undefined;
  /** Bytes in a second, of a nar that has begun to come. */
  readonly throughput?: number | undefined;
  /** The key that it signs with. */
  readonly publicKey?: PublicKey | undefined;
  /** Why it does not answer, or what else is wrong with it. */
  readonly problem?: string | undefined;
};

export type MeasureWish = {
  readonly proxies: Proxies;
  readonly kind: Pick<Kind, 'name' | 'store'>;
  /** The keys whose signatures count on this machine. */
  readonly trusted: ReadonlySet<PublicKey>;
  /** The hashes of store items that servers may have. */
  readonly hashes: readonly string[];
  /** Told of each of the `stepsOfServer` steps that a server has behind it. */
  readonly stepped: () => void;
};

const stepsOfServer = 3;
const allTakes = 3000; // ms
/** The first answer comes after a look-up, a connection and its encryption. */
const firstAnswerTakes = 2000; // ms
/** When so much time has gone, nothing more is asked for the latency. */
const latencyTakes = 1200; // ms
const latencySamples = 3;
const throughputTakes = 1000; // ms
const throughputBytes = 8 << 20;
/** Of less that came in less time, nothing can be said. */
const least = { bytes: 64 << 10, milliseconds: 250 };

/** Measures all servers at once, within three seconds, whatever they do. */
export function measureServers(
  servers: readonly Server[],
  wish: Omit<MeasureWish, 'stepped'> & { readonly progressed: (share: number) => void },
): Promise<readonly Measurement[]> {
  let steps = 0;
  const stepped = (): void => wish.progressed(++steps / (servers.length * stepsOfServer));
  return Promise.all(servers.map((server) => measureServer(server, { ...wish, stepped })));
}

async function measureServer(server: Server, wish: MeasureWish): Promise<Measurement> {
  const upstream = new Upstream(server, { proxies: wish.proxies, peers: new Peers() });
  let steps = 0;
  function stepped(): void {
    steps++;
    wish.stepped();
  }
  try {
    return { server, ...(await measure(upstream, { ...wish, stepped })) };
  } finally {
    while (steps < stepsOfServer) stepped();
    // Not waited for: where the look-up of its name hangs, that would be for seconds.
    void upstream.close();
  }
}

async function measure(
  upstream: Upstream,
  wish: MeasureWish,
): Promise<Omit<Measurement, 'server'>> {
  const enough = AbortSignal.timeout(allTakes);
  const startedAt = now();
  const greeting = await greet(upstream, wish.kind.store);
  wish.stepped();
  if (!greeting.isOfUse) return greeting;
  const latency = await measureLatency(upstream, startedAt + latencyTakes, enough);
  const offer = await findOffer(upstream, wish, enough);
  wish.stepped();
  if (offer.nar === undefined) return { ...greeting, latency, ...offer };
  const { publicKey, nar } = offer;
  return { ...greeting, latency, publicKey, ...(await measureThroughput(upstream, nar, enough)) };
}

/** Asks the question that a daemon asks first, and judges the answer as it does. */
async function greet(
  upstream: Upstream,
  store: string,
): Promise<Pick<Measurement, 'answers' | 'isOfUse' | 'problem'>> {
  const signal = AbortSignal.timeout(firstAnswerTakes);
  try {
    const asked = upstream.fetchFile(greetingFile, signal);
    const { statusCode, bytes } = await unlessAborted(asked, signal);
    if (statusCode !== 200) throw new HttpStatus(statusCode);
    const serves = /^StoreDir:[ \t]*(\S+)/m.exec(bytes.toString())?.[1];
    if (serves === store) return { answers: true, isOfUse: true };
    const problem =
      serves === undefined
        ? 'it is no substitute server: it names no store'
        : `it serves another store, ${serves}`;
    return { answers: true, isOfUse: false, problem };
  } catch (error) {
    const problem = signal.aborted
      ? `no answer within ${firstAnswerTakes / 1000} s`
      : renderNetworkError(error);
    return { answers: false, isOfUse: false, problem };
  }
}

const greetingFile = 'nix-cache-info';

/** The median of some questions after the first, which had to connect. */
async function measureLatency(
  upstream: Upstream,
  deadline: number,
  enough: AbortSignal,
): Promise<number | undefined> {
  const samples: number[] = [];
  try {
    while (samples.length < latencySamples && (samples.length === 0 || now() < deadline)) {
      const askedAt = now();
      await unlessAborted(upstream.fetchFile(greetingFile, enough), enough);
      samples.push(now() - askedAt);
    }
  } catch {
    // It has answered before: what comes next tells whether it is out now.
  }
  return samples.toSorted((one, other) => one - other)[samples.length >> 1];
}

/** Takes the beginning of a nar. The first piece counts for its time only, because it was waited for. */
async function measureThroughput(
  upstream: Upstream,
  nar: string,
  enough: AbortSignal,
): Promise<Pick<Measurement, 'throughput' | 'problem'>> {
  const ending = new AbortController();
  const signal = AbortSignal.any([enough, ending.signal]);
  let timer: NodeJS.Timeout | undefined;
  let begunAt: number | undefined;
  let bytes = 0;
  let problem: string | undefined;
  try {
    const { body } = await unlessAborted(upstream.openNar(nar, 0, { signal }), signal);
    for await (const chunk of body) {
      if (begunAt !== undefined) bytes += chunk.length;
      begunAt ??= now();
      timer ??= setTimeout(() => ending.abort(), throughputTakes);
      if (bytes >= throughputBytes) break;
    }
  } catch (error) {
    if (!signal.aborted) problem = `a nar of it can't be had: ${renderNetworkError(error)}`;
    else if (begunAt === undefined) problem = 'it is too slow for its throughput to be measured';
  } finally {
    clearTimeout(timer);
  }
  return { throughput: toThroughput(bytes, now() - (begunAt ?? now())), problem };
}

function toThroughput(bytes: number, milliseconds: number): number | undefined {
  const isEnough = bytes >= least.bytes || milliseconds >= least.milliseconds;
  return isEnough ? (1000 * bytes) / Math.max(milliseconds, 1) : undefined;
}
