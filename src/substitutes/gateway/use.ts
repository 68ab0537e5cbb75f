import type { PublicKey } from '../keys.ts';
import type { Catalog, Source } from './catalog.ts';
import type { Tally } from './transfer.ts';
import type { Upstream } from './upstream.ts';

/** What a run has fetched from substitute servers. */
export type SubstituteUse = {
  /** Store items whose nar came whole; a file may come from several servers. */
  readonly items: number;
  /** As they were packed. */
  readonly bytes: number;
  readonly servers: readonly { readonly url: string; readonly bytes: number }[];
  /** Servers with which something went wrong, and what. */
  readonly failed: readonly { readonly url: string; readonly reason: string }[];
  /** Keys that sign what was wanted, and that this machine does not trust. */
  readonly unauthorized: readonly UnauthorizedKey[];
};

type UnauthorizedKey = {
  readonly publicKey: PublicKey;
  readonly urls: readonly string[];
};

/** Counts what is fetched. */
export class UseCount implements Tally {
  readonly #upstreams: readonly Upstream[];
  readonly #catalog: Catalog;
  readonly #bytes = new Map<Upstream, number>();
  #items = 0;

  constructor(upstreams: readonly Upstream[], catalog: Catalog) {
    this.#upstreams = upstreams;
    this.#catalog = catalog;
  }

  piece({ upstream }: Source, bytes: number): void {
    this.#bytes.set(upstream, (this.#bytes.get(upstream) ?? 0) + bytes);
  }

  whole(): void {
    this.#items++;
  }

  read(): SubstituteUse {
    const servers = [...this.#bytes]
      .map(([{ server }, bytes]) => ({ url: server.url, bytes }))
      .toSorted((one, other) => other.bytes - one.bytes);
    const failed = this.#upstreams.flatMap(({ server, health }) =>
      health.reason === undefined ? [] : [{ url: server.url, reason: health.reason }],
    );
    const bytes = servers.reduce((sum, server) => sum + server.bytes, 0);
    return { items: this.#items, bytes, servers, failed, unauthorized: this.#listUnauthorized() };
  }

  #listUnauthorized(): UnauthorizedKey[] {
    const byKey = Map.groupBy(this.#catalog.unauthorized, ([, publicKey]) => publicKey);
    return [...byKey].map(([publicKey, found]) => ({
      publicKey,
      urls: found.map(([{ server }]) => server.url),
    }));
  }
}
