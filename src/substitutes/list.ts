import { existsSync, readFileSync } from 'node:fs';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { builtInServers, type Server } from './servers.ts';
import { isHttpUrl, trimSlashes } from './url.ts';

/** A list of servers that stands in for the built-in one, mounted into an image or part of it. */
export const serversFile = '/etc/guix-entry-point/servers.json';

/**
 * The servers of a run, in their order: those that were named, else those that are listed; those that were
 * added come first. Each is there once, slashes at the end or not.
 */
export function listServers(
  wish: {
    readonly urls: readonly string[] | undefined;
    readonly added: readonly string[];
  },
  listed = readListed(),
): readonly Server[] {
  const known = new Map(listed.map((server) => [trimSlashes(server.url), server]));
  const urls = [...wish.added, ...(wish.urls ?? listed.map(({ url }) => url))].map(trimSlashes);
  return [...new Set(urls)].map((url) => {
    const { key, mirrorOf } = known.get(url) ?? {};
    return {
      url,
      ...(key !== undefined && { key }),
      ...(mirrorOf !== undefined && { mirrorOf: trimSlashes(mirrorOf) }),
    };
  });
}

/** The mounted list, else the built-in one. */
export function readListed(): readonly Server[] {
  return readMounted() ?? builtInServers;
}

function readMounted(): readonly Server[] | undefined {
  if (!existsSync(serversFile)) return undefined;
  const file = serversFile;
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!Array.isArray(parsed)) throw new TypeError('it is not a list: […]');
    return parsed.map(readServer);
  } catch (cause) {
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'server-list-broken', file, reason }, { cause });
  }
}

function readServer(entry: unknown): Server {
  const { url, key, mirrorOf }: Record<string, unknown> = { ...toObject(entry) };
  const shown = JSON.stringify(entry);
  if (typeof url !== 'string' || !isHttpUrl(url)) {
    throw new TypeError(`the "url" of ${shown} is not an http:// or https:// URL`);
  }
  if (key !== undefined && typeof key !== 'string') {
    throw new TypeError(`the "key" of ${shown} is not the name of a file`);
  }
  if (mirrorOf !== undefined && typeof mirrorOf !== 'string') {
    throw new TypeError(`the "mirrorOf" of ${shown} is not a URL`);
  }
  return { url, ...(key !== undefined && { key }), ...(mirrorOf !== undefined && { mirrorOf }) };
}

function toObject(entry: unknown): object {
  if (typeof entry === 'object' && entry !== null) return entry;
  throw new TypeError(`${JSON.stringify(entry)} is not a server: {"url": "https://…"}`);
}
