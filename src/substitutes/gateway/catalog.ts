import { createHash } from 'node:crypto';
import type { PublicKey } from '../keys.ts';
import { hedge } from './hedge.ts';
import { type Nar, type Narinfo, type Objection, readNarinfo } from './narinfo.ts';
import type { Upstream } from './upstream.ts';

/** A store item that servers have. */
export type Item = {
  /** The narinfo that was handed on, and stays the one. */
  readonly narinfo: Narinfo;
  /** All that servers said of it so far. */
  readonly offers: readonly Offer[];
};

type Offer = { readonly upstream: Upstream; readonly narinfo: Narinfo };

/** Where a nar can be fetched. */
export type Source = {
  readonly upstream: Upstream;
  readonly nar: Nar;
  /** Sources of the same file, byte by byte, have the same. */
  readonly file: string;
};

/** What is to be known of the machine: whose signatures count there, and where its store is. */
export type Trust = {
  readonly store: string;
  readonly acl: () => ReadonlySet<PublicKey>;
  /** The key that is known to sign what a server has. */
  readonly keyOf: (upstream: Upstream) => PublicKey | undefined;
};

/** What the listed servers have, as far as it has been asked for. */
export class Catalog {
  /** A server and its mirrors, which have the same files. */
  readonly #families: readonly (readonly Upstream[])[];
  readonly #trust: Trust;
  readonly #items = new Map<string, { narinfo: Narinfo; offers: Offer[] }>();
  readonly #searches = new Map<string, Promise<Item | 'absent' | 'unknown'>>();
  /** Servers that sign with a key that isn't authorized. */
  readonly unauthorized = new Map<Upstream, PublicKey>();

  constructor(upstreams: readonly Upstream[], trust: Trust) {
    const families = Map.groupBy(upstreams, ({ server }) => server.mirrorOf ?? server.url);
    this.#families = [...families.values()];
    this.#trust = trust;
  }

  /** Finds a store item by its hash; `unknown` if servers that may have it can't be asked. */
  find(hash: string): Promise<Item | 'absent' | 'unknown'> {
    const known = this.#items.get(hash);
    if (known !== undefined) return Promise.resolve(known);
    const search = this.#searches.get(hash) ?? this.#search(hash);
    this.#searches.set(hash, search);
    return search.finally(() => this.#searches.delete(hash));
  }

  /**
   * All families are asked at once, in each the nearest server first; the first narinfo that Guix would
   * take is the one. What comes later tells where else its nar is.
   */
  async #search(hash: string): Promise<Item | 'absent' | 'unknown'> {
    const { promise, resolve, reject } = Promise.withResolvers<Item | 'absent' | 'unknown'>();
    const verdicts = this.#families.map(async (family) => {
      const verdict = await this.#askFamily(family, hash);
      if (typeof verdict !== 'string') resolve(verdict);
      return verdict;
    });
    Promise.all(verdicts).then(
      (all) => resolve(all.includes('unknown') ? 'unknown' : 'absent'),
      reject,
    );
    return promise;
  }

  async #askFamily(
    family: readonly Upstream[],
    hash: string,
  ): Promise<Item | 'absent' | 'unknown'> {
    if (family.every((upstream) => this.#isUnauthorized(upstream))) return 'absent';
    const lacking: Upstream[] = [];
    const found = await hedge(nearestFirst(family.filter(({ health }) => !health.isOut)), {
      hope: ({ health }) => health.hope,
      start: async (upstream) => {
        const answer = await upstream.askNarinfo(hash);
        if (answer.is === 'found') return this.#take(answer.bytes, hash, upstream);
        if (answer.is === 'unknown') return undefined;
        lacking.push(upstream);
        // What the others copy hasn't got, they haven't got either.
        return upstream.server.mirrorOf === undefined ? 'absent' : undefined;
      },
    });
    return found ?? (lacking.length > 0 ? 'absent' : 'unknown');
  }

  #take(bytes: Buffer, hash: string, upstream: Upstream): Item | 'absent' | undefined {
    const narinfo = readNarinfo(bytes, { hash, store: this.#trust.store, acl: this.#trust.acl() });
    if ('is' in narinfo) return this.#object(narinfo, upstream);
    const item = this.#items.get(hash) ?? { narinfo, offers: [] };
    item.offers.push({ upstream, narinfo });
    this.#items.set(hash, item);
    return item;
  }

  /** Mirrors sign nothing themselves: what is wrong with one's key is so with all of them. */
  #object(objection: Objection, upstream: Upstream): 'absent' | undefined {
    if (objection.is === 'unauthorized') {
      this.unauthorized.set(upstream, objection.publicKey);
      return 'absent';
    }
    upstream.health.exclude(`a narinfo of it is ${objection.is}`);
    return undefined;
  }

  #isUnauthorized(upstream: Upstream): boolean {
    const key = this.#trust.keyOf(upstream);
    if (key === undefined || this.#trust.acl().has(key)) return false;
    this.unauthorized.set(upstream, key);
    return true;
  }

  /**
   * Where the nar of an item is that its narinfo has at `url`. It unpacks to what the narinfo says from
   * every server whose narinfo says the same; that it does is Guix's to check.
   */
  listSources({ narinfo, offers }: Item, wanted: Nar): Source[] {
    const offered = offers
      .filter((offer) => offer.narinfo.narHash === narinfo.narHash)
      .flatMap(({ upstream, narinfo: { bytes, nars } }) => {
        const nar = nars.find(
          ({ url, compression }) => compression === wanted.compression && isRelative(url),
        );
        const file = createHash('sha256').update(bytes).digest('hex');
        return nar === undefined ? [] : [{ upstream, nar, file }];
      });
    const sources = new Map(offered.map((source) => [source.upstream, source]));
    // A mirror that hasn't been asked has the file all the same, most likely.
    for (const source of offered) {
      for (const mirror of this.#mirrorsOf(source.upstream)) {
        if (!sources.has(mirror)) sources.set(mirror, { ...source, upstream: mirror });
      }
    }
    return [...sources.values()];
  }

  #mirrorsOf(upstream: Upstream): readonly Upstream[] {
    return this.#families.find((family) => family.includes(upstream)) ?? [];
  }
}

function nearestFirst(upstreams: readonly Upstream[]): readonly Upstream[] {
  return upstreams.toSorted(({ health: one }, { health: other }) =>
    compare(one.latency ?? Infinity, other.latency ?? Infinity),
  );
}

/** Unlike a difference, it knows that infinities are the same. */
function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** Below the server's own URL, and nowhere else. */
export function isRelative(url: string): boolean {
  return !/^([a-z][a-z0-9+.-]*:|\/|\.)/i.test(url) && !url.includes('..');
}
