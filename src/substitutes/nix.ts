import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment, SetUp } from '../daemon/kind.ts';
import { defaults, readSettings } from '../daemon/nix-settings.ts';
import { nix } from '../daemon/nix.ts';
import type { Dialect } from './dialect.ts';
import type { PublicKey } from './keys.ts';
import type { Server } from './servers.ts';
import { isHttpUrl } from './url.ts';

/** The list and the keys are settings. */
export const nixDialect: Dialect = {
  listServers: (setUp) => readList('substituters', setUp).map((url) => ({ url })),
  chooseForGateway(servers, setUp) {
    // Then nothing but a server's certificate vouches for what comes, and the gateway looks at none.
    if (readSettings(setUp).get('require-sigs') === 'false') return [];
    const hasPassword = readNetrc(setUp);
    return servers.filter((server) => isPlain(server, hasPassword));
  },
  followKeys(setUp) {
    // The daemon, too, reads its settings once.
    const own = readList('secret-key-files', setUp).map(readText).filter(Boolean).map(toPublicKey);
    const keys = new Set([...readList('trusted-public-keys', setUp), ...own]);
    return () => keys;
  },
  behindGateway(environment, url) {
    const directory = locateCache(environment);
    seedCache(directory, url);
    return {
      ...environment,
      no_proxy: addHost(environment['no_proxy'] || environment['NO_PROXY'], new URL(url).hostname),
      // Older ones of Nix know the latter alone.
      NIX_CACHE_HOME: `${directory}/nix`,
      XDG_CACHE_HOME: directory,
    };
  },
  async forget(environment) {
    rmSync(locateCache(environment), { recursive: true, force: true });
  },
};

function readList(name: string, setUp: SetUp): readonly string[] {
  const value = readSettings(setUp).get(name) ?? defaults.get(name) ?? '';
  return value.split(' ').filter(Boolean);
}

/** Nothing where it can't be read: Nix does without it, too. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Both are `NAME:BASE64`; the public key is the second half of the secret one's 64 bytes. */
function toPublicKey(secretKey: string): PublicKey {
  const [name, text = ''] = secretKey.split(':');
  return `${name}:${Buffer.from(text, 'base64').subarray(32).toString('base64')}`;
}

/** Whether its URL is all that is to be known: no settings of the store behind it, and no password. */
function isPlain({ url }: Server, hasPassword: (host: string) => boolean): boolean {
  if (!isHttpUrl(url)) return false;
  const { search, username, hostname } = new URL(url);
  return search === '' && username === '' && !hasPassword(hostname);
}

/** Tells of a host whether Nix has a password for it. */
function readNetrc(setUp: SetUp): (host: string) => boolean {
  const usual = `${setUp.environment['NIX_CONF_DIR'] || '/etc/nix'}/netrc`;
  const text = readText(readSettings(setUp).get('netrc-file') ?? usual);
  // Logins and passwords, too: one can be `default`.
  const entries = [...text.matchAll(/\b(machine|login|password|account)\s+(\S+)|\bdefault\b/g)];
  // `default` stands for a machine, whichever it is.
  return (host) =>
    entries.some(([, word = 'machine', value = host]) => word === 'machine' && value === host);
}

/** `*` means all hosts, and only where it stands alone. */
function addHost(hosts: string | undefined, host: string): string {
  return hosts === '*' ? hosts : [...(hosts ? [hosts] : []), host].join(',');
}

/**
 * What Nix keeps of servers is one database, and would hold what the gateway said, under another URL in each
 * run. So a daemon that has a gateway keeps its own, where nobody but its user can write.
 */
function locateCache(environment: Environment): string {
  return `${nix.stateDirectory(environment)}/gateway-${process.pid}`;
}

/** Removes what runs that were killed have left. */
function removeAbandoned(stateDirectory: string): void {
  for (const name of readdirSync(stateDirectory)) {
    const pid = /^gateway-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    rmSync(join(stateDirectory, name), { recursive: true, force: true });
  }
}

/**
 * Writes down what Nix finds out of a server first. Sessions of 2.8 that do that at the same time take the rows of
 * each other away, to which others refer, and fail: `constraint failed`. Later ones have another database.
 */
function seedCache(directory: string, url: string): void {
  // Another user's daemon, which is none of 2.8, makes it itself.
  const owner = statSync(dirname(directory), { throwIfNoEntry: false })?.uid;
  if (owner !== process.geteuid?.()) return;
  removeAbandoned(dirname(directory));
  const file = `${directory}/nix/binary-cache-v6.sqlite`;
  // Of a run that was killed, and had the same number.
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(dirname(file), { recursive: true });
  // Not waited for, and so not by `import`: 1 ms.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA synchronous = OFF; CREATE TABLE BinaryCaches (
    id integer primary key autoincrement not null, url text unique not null, timestamp integer not null,
    storeDir text not null, wantMassQuery integer not null, priority integer not null)`);
  database
    .prepare('INSERT INTO BinaryCaches VALUES (1, ?, ?, ?, ?, ?)')
    .run(url, Math.floor(Date.now() / 1000), nix.store, 1, 40);
  database.close();
}
