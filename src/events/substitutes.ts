import { count } from './build-log.ts';
import type { Event } from './event.ts';

type Named<Name extends Event['event']> = Extract<Event, { event: Name }>;

/** `Substitutes: 3 items, 12.5 MiB: 12.0 MiB from https://a, 500 KiB from https://b; failed: https://c (…)`. */
export function renderSubstitutes({
  items,
  bytes,
  servers,
  failed,
}: Named<'substitutes-used'>): string[] {
  const parts = servers.map((server) => `${renderBytes(server.bytes)} from ${server.url}`);
  const [source] = servers;
  const fetched =
    source === undefined
      ? 'none'
      : servers.length === 1
        ? `${count(items, 'item')}, ${renderBytes(bytes)} from ${source.url}`
        : `${count(items, 'item')}, ${renderBytes(bytes)}: ${parts.join(', ')}`;
  const reasons = Map.groupBy(failed, ({ reason }) => reason);
  const without = [...reasons].map(
    ([reason, those]) => `${those.map(({ url }) => url).join(', ')} (${reason})`,
  );
  return [`Substitutes: ${fetched}${without.length > 0 ? `; failed: ${without.join(', ')}` : ''}`];
}

/** Who signs what can't be used, and what to type so that it can. */
export function renderUnauthorizedKey({
  kind,
  urls,
  publicKey,
  key,
}: Named<'key-unauthorized'>): string[] {
  const authorize =
    kind === 'nix'
      ? `add it to /etc/nix/nix.conf, 'extra-trusted-public-keys = ${publicKey}:…'`
      : key === undefined
        ? `write '${publicKey}' to a file, and give it to 'guix archive --authorize <FILE'`
        : `'guix-entry-point substitutes authorize ${key}'`;
  return [
    `Substitutes of ${urls.join(', ')} are not used: this machine does not trust their key. If you do: ${authorize}`,
  ];
}

/** In units of 1024 bytes, as Guix tells sizes. */
export function renderBytes(bytes: number): string {
  return bytes < 2 ** 20
    ? `${Math.ceil(bytes / 2 ** 10)} KiB`
    : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
