import { readFileSync, rmSync } from 'node:fs';
import type { Environment, SetUp } from '../daemon/kind.ts';
import { defaults, readSettings } from '../daemon/nix-settings.ts';
import { nix } from '../daemon/nix.ts';
import type { Dialect } from './dialect.ts';
import type { Server } from './servers.ts';
import { isHttpUrl } from './url.ts';

/** The list and the keys are settings. */
export const nixDialect: Dialect = {
  listServers: (setUp) => readList('substituters', setUp).map((url) => ({ url })),
  chooseForGateway(servers, setUp) {
    // Then nothing but a server's certificate vouches for what comes, and the gateway looks at none.
    if (readSettings(setUp).get('require-sigs') === 'false') return [];
    const hosts = listHostsWithPasswords(setUp);
    return servers.filter((server) => isPlain(server, hosts));
  },
  followKeys(setUp) {
    // The daemon, too, reads its settings once.
    const keys = new Set(readList('trusted-public-keys', setUp));
    return () => keys;
  },
  behindGateway: (environment, url) => ({
    ...environment,
    no_proxy: addHost(environment['no_proxy'] || environment['NO_PROXY'], new URL(url).hostname),
    // Of which the older ones of Nix know the latter.
    NIX_CACHE_HOME: locateCache(environment, url),
    XDG_CACHE_HOME: locateCache(environment, url),
  }),
  async forget(environment, url) {
    rmSync(locateCache(environment, url), { recursive: true, force: true });
  },
};

function readList(name: string, setUp: SetUp): readonly string[] {
  const value = readSettings(setUp).get(name) ?? defaults.get(name) ?? '';
  return value.split(' ').filter(Boolean);
}

/** Whether its URL is all that is to be known: no settings of the store behind it, and no password. */
function isPlain({ url }: Server, hostsWithPasswords: ReadonlySet<string>): boolean {
  if (!isHttpUrl(url)) return false;
  const { search, username, hostname } = new URL(url);
  return search === '' && username === '' && !hostsWithPasswords.has(hostname);
}

function listHostsWithPasswords(setUp: SetUp): ReadonlySet<string> {
  const usual = `${setUp.environment['NIX_CONF_DIR'] || '/etc/nix'}/netrc`;
  const file = readSettings(setUp).get('netrc-file') ?? usual;
  try {
    const machines = readFileSync(file, 'utf8').matchAll(/\bmachine\s+(\S+)/g);
    return new Set([...machines].map(([, host = '']) => host));
  } catch {
    return new Set();
  }
}

/** `*` means all hosts, and only where it stands alone. */
function addHost(hosts: string | undefined, host: string): string {
  return hosts === '*' ? hosts : [...(hosts ? [hosts] : []), host].join(',');
}

/**
 * What Nix keeps of servers is one database, and would hold what the gateway said, under another URL in each
 * run. So a daemon that has a gateway keeps its own, where nobody but its user can write; it makes the directory
 * when it needs it.
 */
function locateCache(environment: Environment, url: string): string {
  return `${nix.stateDirectory(environment)}/gateway-${new URL(url).port}`;
}
