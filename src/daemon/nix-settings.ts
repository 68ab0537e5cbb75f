import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { findHome } from '../processes/home.ts';
import type { SetUp } from './kind.ts';

/** What a setting was called before, or else. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['build-use-sandbox', 'sandbox'],
  ['build-use-chroot', 'sandbox'],
  ['binary-caches', 'substituters'],
  ['binary-cache-public-keys', 'trusted-public-keys'],
]);

/**
 * What Nix is told by its files, `NIX_CONFIG` and its options, later ones before earlier ones: "Configuration
 * File" in its manual (`nix.conf(5)`). What nobody has set is not there; what can't be read says nothing, as
 * Nix itself complains of it.
 */
export function readSettings({ environment, daemonOptions }: SetUp): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const file of listFiles(environment)) readFile(file, settings);
  readText(environment['NIX_CONFIG'] ?? '', { directory: '/', depth: 0 }, settings);
  for (const [name, value] of listOptions(daemonOptions)) set(settings, name, value);
  return settings;
}

/** The administrator's, then the user's, of which the first one listed counts most. */
function listFiles(environment: NodeJS.ProcessEnv): readonly string[] {
  const ofSystem = join(environment['NIX_CONF_DIR'] || '/etc/nix', 'nix.conf');
  const named = environment['NIX_USER_CONF_FILES'];
  if (named !== undefined) return [ofSystem, ...named.split(':').filter(Boolean).toReversed()];
  const home = environment['XDG_CONFIG_HOME'] || join(findHome(environment), '.config');
  const directories = [home, ...(environment['XDG_CONFIG_DIRS'] || '/etc/xdg').split(':')];
  return [ofSystem, ...directories.map((one) => join(one, 'nix/nix.conf')).toReversed()];
}

function readFile(file: string, settings: Map<string, string>, depth = 0): void {
  // A file that includes itself is Nix's to complain of.
  if (depth > deepest) return;
  try {
    readText(readFileSync(file, 'utf8'), { directory: dirname(file), depth }, settings);
  } catch {
    // Most of them are not there.
  }
}

const deepest = 10;

/** Where a text stands, and by how many others it is included. */
type Place = { readonly directory: string; readonly depth: number };

function readText(text: string, { directory, depth }: Place, settings: Map<string, string>): void {
  for (const line of text.split('\n')) {
    const [name = '', second, ...rest] = line.replace(/#.*/, '').split(/\s+/).filter(Boolean);
    if (name === 'include' || name === '!include') {
      const file = second ?? '';
      readFile(isAbsolute(file) ? file : join(directory, file), settings, depth + 1);
    } else if (second === '=') {
      set(settings, name, rest.join(' '));
    }
  }
}

/** `--option NAME VALUE`, `--NAME VALUE`, and for switches `--NAME` and `--no-NAME`. */
function listOptions(options: readonly string[]): readonly (readonly [string, string])[] {
  return options.flatMap((option, at) => {
    const [next = '', afterNext = ''] = options.slice(at + 1);
    if (option === '--option') return [[next, afterNext]];
    const [, no, name = ''] = /^--(no-)?(.+)$/.exec(option) ?? [];
    if (switches.has(name)) return [[name, no === undefined ? 'true' : 'false']];
    return withValue.test(option) ? [[option.slice(2), next]] : [];
  });
}

/** What is set by options alone. */
export function readOptions(options: readonly string[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of listOptions(options)) set(settings, name, value);
  return settings;
}

const withValue = /^--(?:extra-)?(?:substituters|trusted-public-keys|build-users-group)$/;

function set(settings: Map<string, string>, given: string, value: string): void {
  const name = given.replace(/^extra-/, '');
  const known = aliases.get(name) ?? name;
  const before = settings.get(known) ?? defaults.get(known);
  const isMore = given.startsWith('extra-') && before !== undefined;
  const read = switches.has(known) ? (words.get(value) ?? value) : value;
  settings.set(known, isMore ? `${before} ${read}` : read);
}

/** Settings that are on or off, of those that we look at, and the words for it. */
const switches: ReadonlySet<string> = new Set([
  ...['sandbox', 'sandbox-fallback', 'require-sigs', 'keep-going', 'substitute'],
]);
const words: ReadonlyMap<string, string> = new Map([
  ...['yes', '1'].map((word) => [word, 'true'] as const),
  ...['no', '0'].map((word) => [word, 'false'] as const),
]);

/** What `extra-` adds to where nothing has been set. */
export const defaults: ReadonlyMap<string, string> = new Map([
  ['substituters', 'https://cache.nixos.org'],
  ['trusted-public-keys', 'cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY='],
]);
