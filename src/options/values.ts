import { isHttpUrl } from '../substitutes/url.ts';

// How the texts given for an option become its value. A flag that can't be repeated counts with its
// last text, as everywhere; `undefined` says that the text is not what the option takes.

/** sun_path of unix(7) holds 107 bytes; a run beside another one puts its number behind the name. */
const longestSocketName = 99;

export function text(texts: readonly string[]): string | undefined {
  return texts.at(-1) || undefined;
}

export function archive(texts: readonly string[]): string | undefined {
  const given = texts.at(-1) ?? '';
  return /\.(tar\.gz|tgz)$/.test(given) ? given : undefined;
}

export function words(texts: readonly string[]): readonly string[] {
  return texts.flatMap((given) => given.split(/\s+/)).filter(Boolean);
}

export const addressWanted =
  'the path of a socket of at most 99 bytes, or file://, unix://, guix:// or ssh:// and an address';

/** Names of programs, not paths. */
export function names(texts: readonly string[]): readonly string[] | undefined {
  const all = texts.flatMap((given) => given.split(/[\s,]+/)).filter(Boolean);
  return all.some((name) => name.includes('/') || name.startsWith('.')) ? undefined : all;
}

export function address(texts: readonly string[]): string | undefined {
  const given = texts.at(-1) ?? '';
  if (/^ssh(-ng)?:\/\/./.test(given)) return given;
  if (/^guix:\/\/./.test(given)) return URL.canParse(given) ? given : undefined;
  const path = given.replace(/^(file|unix):\/\//, '');
  return path.startsWith('/') && Buffer.byteLength(path) <= longestSocketName ? path : undefined;
}

export function seconds(texts: readonly string[]): number | undefined {
  const given = texts.at(-1) ?? '';
  const number = Number(given);
  return /^\d+(\.\d+)?$/.test(given) && number > 0 && number <= 86_400 ? number : undefined;
}

export function count(texts: readonly string[]): number | undefined {
  const given = texts.at(-1) ?? '';
  return /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}

export function urls(texts: readonly string[]): readonly string[] | undefined {
  return findBadUrl(texts) === undefined ? words(texts) : undefined;
}

export function lastUrls(texts: readonly string[]): readonly string[] | undefined {
  return urls(texts.slice(-1));
}

export function findBadUrl(texts: readonly string[]): string | undefined {
  return words(texts).find((url) => !isHttpUrl(url));
}

export function flag(texts: readonly string[]): boolean | undefined {
  return { '1': true, '0': false, true: true, false: false }[texts.at(-1) ?? ''];
}

export function oneOf<Word extends string>(
  allowed: readonly Word[],
): (texts: readonly string[]) => Word | undefined {
  return (texts) => allowed.find((word) => word === texts.at(-1));
}
