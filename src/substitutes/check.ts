import type { Server } from './servers.ts';

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
    ...(keys.has(key) ? [] : [`${url}: its key ${key} is missing`]),
    ...(mirrorOf === undefined || urls.includes(trimSlashes(mirrorOf))
      ? []
      : [`${url}: a mirror of ${mirrorOf}, which is not listed`]),
  ]);
  const ofKeys = [...keys]
    .filter(([, text]) => !isPublicKey(text))
    .map(([name]) => `${name}: not an Ed25519 public key as 'guix archive --authorize' reads it`);
  return [...ofServers, ...ofKeys];
}

function isHttpUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** The canonical s-expression of libgcrypt: 32 bytes of q in hexadecimal. */
function isPublicKey(text: string): boolean {
  return /^\s*\(public-key\s*\(ecc\s*\(curve Ed25519\)\s*\(q #[0-9A-F]{64}#\)\s*\)\s*\)\s*$/.test(
    text,
  );
}

function trimSlashes(url: string): string {
  return url.replace(/\/+$/, '');
}
