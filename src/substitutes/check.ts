import { readPublicKey } from './keys.ts';
import type { Server } from './servers.ts';
import { isHttpUrl, trimSlashes } from './url.ts';

/**
 * What is wrong with a list of servers and the public keys beside it, in words; nothing if all is
 * well. `keys` maps each key's file name to its text.
 */
export function findMistakes(
  servers: readonly Server[],
  keys: ReadonlyMap<string, string>,
): readonly string[] {
  const urls = servers.map(({ url }) => trimSlashes(url));
  const ofServers = servers.flatMap(({ url, key, mirrorOf }, index) => [
    ...(isHttpUrl(url) ? [] : [`${url}: not an http:// or https:// URL`]),
    ...(urls.indexOf(trimSlashes(url)) === index ? [] : [`${url}: listed twice`]),
    ...(key !== undefined && keys.has(key) ? [] : [`${url}: its key ${key} is missing`]),
    ...(mirrorOf === undefined || urls.includes(trimSlashes(mirrorOf))
      ? []
      : [`${url}: a mirror of ${mirrorOf}, which is not listed`]),
  ]);
  const ofKeys = [...keys]
    .filter(([, text]) => readPublicKey(text) === undefined)
    .map(([name]) => `${name}: not an Ed25519 public key as 'guix archive --authorize' reads it`);
  return [...ofServers, ...ofKeys];
}
