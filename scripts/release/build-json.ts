// build.json: where a release's files are, by Guix's name of the architecture.
import { platforms } from './platforms.ts';
import { Refusal } from './refusal.ts';

/** A file of a release's page. */
export type Asset = { readonly url: string; readonly sha256: string };

/** What a release has for an architecture; `url` and `sha256` are of the binary tarball. */
export type Entry = Asset & {
  /** The release that it was made for: an older one where it failed since. */
  readonly version: string;
  readonly cache: Asset;
  readonly executable: Asset;
  /** The digests of the image and of its variant without privileges: `sha256:…`. */
  readonly image: string;
  readonly rootless: string;
};

export type BuildJson = Readonly<Record<string, Entry>>;

/** Reads a build.json; `from` is where it stands. Throws where something in it is wrong. */
export function parseBuildJson(text: string, from: string): BuildJson {
  const value = parse(text, from);
  const mistake = findFirstMistake(value);
  if (mistake === undefined) return value;
  throw new Refusal(`${from} is wrong: ${mistake}`);
}

/** What it says has not been looked at yet. */
function parse(text: string, from: string): BuildJson {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(`${from} is no JSON: ${String(error)}`);
  }
}

function findFirstMistake(value: unknown): string | undefined {
  if (!isRecord(value)) return 'it is no object';
  for (const [system, entry] of Object.entries(value)) {
    const mistake = findMistake(system, entry);
    if (mistake !== undefined) return `${system}: ${mistake}`;
  }
  return undefined;
}

function findMistake(system: string, entry: unknown): string | undefined {
  if (platforms.every((platform) => platform.system !== system)) return 'there is no such system';
  if (!isRecord(entry)) return 'it is no object';
  const files = { it: entry, cache: entry['cache'], executable: entry['executable'] };
  for (const [name, file] of Object.entries(files)) {
    const mistake = findAssetMistake(file);
    if (mistake !== undefined) return `${name} ${mistake}`;
  }
  if (!matches(entry['version'], /^v\d{8}$/)) return "'version' is not vYYYYMMDD";
  const images = ['image', 'rootless'];
  const wrong = images.find((name) => !matches(entry[name], /^sha256:[0-9a-f]{64}$/));
  return wrong === undefined ? undefined : `'${wrong}' is no digest`;
}

function findAssetMistake(file: unknown): string | undefined {
  if (!isRecord(file)) return 'is no object';
  if (!matches(file['url'], /^https?:\/\/\S+$/)) return "has no 'url'";
  if (!matches(file['sha256'], /^[0-9a-f]{64}$/)) return "has no 'sha256' of 64 hexadecimal digits";
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}
