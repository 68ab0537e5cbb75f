import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';

/** What is wrong with one request: a status, with what a server says beside it, or hanging up in the middle. */
export type Fault =
  { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | 'hang up';

type File = { id: number; name: string; state: 'uploaded' | 'starter'; digest: string | null };
type Page = { id: number; tag_name: string; draft: boolean; upload_url: string; files: File[] };

/**
 * A page of releases on loopback: the part of GitHub's API that we use. Each request whose
 * `METHOD path` contains a key of `faults` gets the faults of it, one after the other.
 */
export type ReleasePage = AsyncDisposable & {
  readonly url: string;
  readonly pages: Page[];
  readonly contents: Map<string, Buffer>;
  readonly faults: Map<string, Fault[]>;
  readonly requests: readonly string[];
};

export async function openReleasePage(): Promise<ReleasePage> {
  const state = new State();
  const server = createServer((request, response) => void state.answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.url = urlOf(server);
  return Object.assign(state, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

class State {
  url = '';
  readonly pages: Page[] = [];
  readonly contents = new Map<string, Buffer>();
  readonly faults = new Map<string, Fault[]>();
  readonly requests: string[] = [];
  #ids = 0;

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const what = `${request.method} ${request.url}`;
    this.requests.push(what);
    const fault = [...this.faults].find(([key]) => what.includes(key))?.[1].shift();
    if (fault === 'hang up') {
      this.#beginUpload(new URL(request.url ?? '', this.url));
      request.once('data', () => request.socket.destroy());
      return;
    }
    const body = await buffer(request);
    if (fault !== undefined) response.writeHead(fault.status, fault.headers).end();
    else this.#route(request, { response, body });
  }

  #route(
    { method, url = '', headers }: IncomingMessage,
    { response, body }: { readonly response: ServerResponse; readonly body: Buffer },
  ): void {
    const { pathname, searchParams } = new URL(url, this.url);
    const download = /\/releases\/(?:latest\/download|download\/([^/]+))\/([^/]+)$/.exec(pathname);
    if (download !== null) {
      const version = download[1] ?? this.pages.findLast(({ draft }) => !draft)?.tag_name;
      const content = this.contents.get(`${version}/${download[2]}`);
      response.writeHead(content === undefined ? 404 : 200).end(content);
      return;
    }
    if (headers.authorization !== 'Bearer secret') {
      response.writeHead(401).end();
      return;
    }
    const page = this.pages.find(({ id }) => pathname.includes(`/releases/${id}`));
    const answer = this.#change({
      method: method ?? '',
      pathname,
      body,
      page,
      name: searchParams.get('name') ?? '',
    });
    response.writeHead(answer === undefined ? 204 : 200).end(answer && JSON.stringify(answer));
  }

  #change({
    method,
    pathname,
    body,
    page,
    name,
  }: {
    readonly method: string;
    readonly pathname: string;
    readonly body: Buffer;
    readonly page: Page | undefined;
    readonly name: string;
  }): unknown {
    if (method === 'GET') return page === undefined ? this.pages : page.files;
    if (method === 'DELETE') return this.#remove(Number(pathname.split('/').at(-1)));
    const given = body.toString('latin1');
    if (method === 'PATCH' && page !== undefined) return Object.assign(page, JSON.parse(given));
    if (page === undefined) return this.#add(JSON.parse(given));
    if (page.files.some((file) => file.name === name)) throw new Error(`${name} is there`);
    const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
    const file: File = { id: ++this.#ids, name, state: 'uploaded', digest };
    page.files.push(file);
    this.contents.set(`${page.tag_name}/${name}`, body);
    return file;
  }

  #add({ tag_name, draft }: { readonly tag_name: string; readonly draft: boolean }): Page {
    const id = 1000 + ++this.#ids;
    const upload_url = `${this.url}/repos/o/r/releases/${id}/assets{?name,label}`;
    const page: Page = { id, tag_name, draft, upload_url, files: [] };
    this.pages.push(page);
    return page;
  }

  #remove(id: number): undefined {
    for (const page of this.pages) page.files = page.files.filter((file) => file.id !== id);
  }

  /** What GitHub keeps of an upload that broke off. */
  #beginUpload({ pathname, searchParams }: URL): void {
    const page = this.pages.find(({ id }) => pathname.includes(`/releases/${id}`));
    const name = searchParams.get('name') ?? '';
    page?.files.push({ id: ++this.#ids, name, state: 'starter', digest: null });
  }
}
