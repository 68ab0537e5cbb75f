import { createHash } from 'node:crypto';
import type { PublicKey } from '../keys.ts';
import { trimSlashes } from '../url.ts';
import { hedge } from './hedge.ts';
import { practise } from './libgcrypt.ts';
import { type Nar, type Narinfo, type NarinfoForm, type Objection, readOffer } from './narinfo.ts';
import type { Upstream } from './upstream.ts';

/** A store item that servers have. */
export type Item = {
  /** The narinfo that was handed on, and stays the one. */
  readonly narinfo: Narinfo;
  /** All that servers said of it so far. */
  readonly offers: readonly Offer[];
};

type Offer = {
  readonly upstream: Upstream;
  readonly nars: readonly Nar[];
  /** Of its narinfo; the same narinfo means the same files, byte by byte. */
  readonly digest: string;
};

/** Where a nar can be fetched. */
export type Source = {
  readonly upstream: Upstream;
  readonly nar: Nar;
  /** Sources of the same file have the same; `undefined`: it has it most likely, and hasn't said so. */
  readonly file: string | undefined;
};

/** What is to be known of the machine: whose signatures count there, and where its store is. */
export type Trust = {
  readonly store: string;
  readonly form: NarinfoForm;
  readonly trusted: () => ReadonlySet<PublicKey>;
};

/** What the listed servers have, as far as it has been asked for. */
export class Catalog {
  /** A server and its mirrors, which have the same files. */
  readonly #families: readonly (readonly Upstream[])[];
  readonly #trust: Trust;
  readonly #items = new Map<string, { readonly narinfo: Narinfo; readonly offers: Offer[] }>();
  readonly #searches = new Map<string, Promise<Item | 'absent' | 'unknown'>>();
  /** What is still to be said of items that were found. */
  readonly #answers = new Map<string, Promise<unknown>>();
  readonly #complete = new Set<string>();
  #practice: NodeJS.Timeout | undefined;
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
   * All families are asked at once, in each the nearest server first; the first narinfo that would be
   * taken is the one. What comes later tells where else its nar is.
   */
  async #search(hash: string): Promise<Item | 'absent' | 'unknown'> {
    // Unless the first answer is here at once, there is time for this.
    this.#practice ??= setTimeout(practise, 5);
    const { promise, resolve, reject } = Promise.withResolvers<Item | 'absent' | 'unknown'>();
    const verdicts = this.#families.map(async (family) => {
      const verdict = await this.#askFamily(family, hash);
      if (typeof verdict !== 'string') resolve(verdict);
      return verdict;
    });
    const answers = Promise.all(verdicts);
    this.#answers.set(hash, answers);
    void answers.finally(() => this.#complete.add(hash));
    answers.then((all) => resolve(all.includes('unknown') ? 'unknown' : 'absent'), reject);
    return promise;
  }

  /** Whether all servers that were asked for an item have said what they have. */
  isComplete(hash: string): boolean {
    return this.#complete.has(hash);
  }

  /** Waits until they have. */
  async waitForAnswers(hash: string): Promise<void> {
    await this.#answers.get(hash);
  }

  async #askFamily(
    family: readonly Upstream[],
    hash: string,
  ): Promise<Item | 'absent' | 'unknown'> {
    if (family.some((upstream) => this.#isUnauthorized(upstream))) return 'absent';
    const asked = nearestFirst(chooseWilling(family));
    const lacking: Upstream[] = [];
    const found = await hedge(asked, {
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
    return found ?? (lacking.length === family.length ? 'absent' : 'unknown');
  }

  #take(bytes: Buffer, hash: string, upstream: Upstream): Item | 'absent' | undefined {
    const known = this.#items.get(hash);
    if (known !== undefined) return this.#add(known, bytes, upstream);
    clearTimeout(this.#practice);
    const { form, store, trusted } = this.#trust;
    const narinfo = form.read(bytes, { hash, store });
    if ('is' in narinfo) return this.#object(narinfo, upstream);
    const verdict = narinfo.judge(trusted());
    if (verdict.is !== 'good') return this.#object(verdict, upstream);
    const item = { narinfo, offers: [] };
    this.#items.set(hash, item);
    return this.#add(item, bytes, upstream);
  }

  #add(item: { narinfo: Narinfo; offers: Offer[] }, bytes: Buffer, upstream: Upstream): Item {
    const nars = readOffer(bytes, item.narinfo);
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (nars.length > 0) item.offers.push({ upstream, nars, digest });
    return item;
  }

  /** Mirrors sign nothing themselves: what is wrong with one's key is so with all of them. */
  #object(objection: Objection, upstream: Upstream): 'absent' | undefined {
    if (objection.is === 'unauthorized') {
      this.unauthorized.set(upstream, objection.publicKey);
      return 'absent';
    }
    const reason = `a narinfo of it is ${objection.is}`;
    if (this.#trust.form.isServersOwn) upstream.health.exclude(reason);
    else upstream.health.reason = reason;
    return undefined;
  }

  /** It signs with a key that is still not authorized. */
  #isUnauthorized(upstream: Upstream): boolean {
    const key = this.unauthorized.get(upstream);
    const { form, trusted } = this.#trust;
    return form.isServersOwn && key !== undefined && !trusted().has(key);
  }

  /** Asks for an item where it hasn't been asked for, so that a mirror is known to have the same file. */
  async askMirrors(hash: string, { offers }: Item): Promise<void> {
    const mirrors = new Set(offers.flatMap(({ upstream }) => this.#mirrorsOf(upstream)));
    const unasked = [...mirrors].filter(
      (mirror) => !mirror.health.isOut && !offers.some(({ upstream }) => upstream === mirror),
    );
    await Promise.all(
      unasked.map(async (mirror) => {
        const answer = await mirror.askNarinfo(hash);
        if (answer.is === 'found') this.#take(answer.bytes, hash, mirror);
      }),
    );
  }

  /**
   * Where a nar of an item is. It unpacks to what the narinfo says from every server whose narinfo says
   * the same; that it does is the daemon's to check.
   */
  listSources({ offers }: Item, wanted: Nar): Source[] {
    const sources = new Map<Upstream, Source>();
    for (const { upstream, nars, digest } of offers) {
      const nar = nars.find(({ compression }) => compression === wanted.compression);
      if (nar === undefined || !isBelow(nar.url, upstream)) continue;
      sources.set(upstream, { upstream, nar, file: digest });
    }
    // A mirror that hasn't been asked has the file all the same, most likely.
    for (const { upstream, nar } of [...sources.values()]) {
      for (const mirror of this.#mirrorsOf(upstream)) {
        if (!sources.has(mirror)) sources.set(mirror, { upstream: mirror, nar, file: undefined });
      }
    }
    return [...sources.values()];
  }

  #mirrorsOf(upstream: Upstream): readonly Upstream[] {
    return this.#families.find((family) => family.includes(upstream)) ?? [];
  }
}

/** Those that are in; else those of which it takes no time to find out whether they still are out. */
function chooseWilling(family: readonly Upstream[]): readonly Upstream[] {
  const willing = family.filter(({ health }) => !health.isOut);
  return willing.length > 0 ? willing : family.filter(({ health }) => health.failsFast);
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

/** Whether a nar is below its server's own URL: nobody else is asked for it. */
export function isBelow(url: string, { server }: Upstream): boolean {
  const base = `${trimSlashes(server.url)}/`;
  return URL.canParse(url, base) && new URL(url, base).href.startsWith(new URL(base).href);
}
