import { readFileSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import type { Container } from '../../machine/container.ts';
import { isFetching } from '../derivation.ts';
import { findWords, hasBuilderSpoken, type Environment, type Scene } from '../scene.ts';

/**
 * What a build's log says where it could not reach the network. A build that has none may quote such
 * words, as tests do.
 */
export function findNetworkWords({ failed }: Scene): string | undefined {
  return findWords(
    failed.filter(({ derivation }) => isFetching(derivation)).flatMap(({ words }) => words),
    /could not resolve host|name or service not known|temporary failure in name resolution|network is unreachable|^failed to download/i,
  )?.[0];
}

/**
 * Nothing could be fetched: there is no network, a proxy is in the way, or servers are dead. That a
 * server is dead keeps nobody from building: where no log says so, more has to be wrong.
 */
export function findNetworkFault(scene: Scene): Hint | undefined {
  const { container, environment } = scene;
  const said = findNetworkWords(scene);
  if (said === undefined && (!isWithoutSubstitutes(scene) || hasBuilderSpoken(scene))) {
    return undefined;
  }
  const found = `${said === undefined ? 'Nothing came from substitute servers' : `A build log says '${said}'`}${renderServers(scene)}.`;
  if (isOffline()) {
    const { how, command } = online[container];
    return { meaning: `${found} There is no network here but loopback. ${how}:`, command };
  }
  const proxy = findProxy(environment);
  if (said === undefined && proxy === undefined) return undefined;
  return {
    meaning: `${found}${proxy === undefined ? '' : ` ${proxy} counts for all of it.`} How each server is reached from here:`,
    command: 'guix-entry-point substitutes',
  };
}

function isWithoutSubstitutes({ servers }: Scene): boolean {
  return servers.failed.length > 0 && servers.bytes === 0;
}

function renderServers({ servers: { failed } }: Scene): string {
  const [first] = failed;
  if (first === undefined) return '';
  const those = failed.length === 1 ? 'a substitute server' : `${failed.length} substitute servers`;
  return `, and ${those} could not be used (${first.url}: ${first.reason})`;
}

/** No route leads anywhere: proc(5), `/proc/net/route` and `ipv6_route`, whose last field is the interface. */
function isOffline(): boolean {
  const routes = [
    ...readLines('/proc/net/route')
      .slice(1)
      .map((line) => line.split(/\s+/)[0]),
    ...readLines('/proc/net/ipv6_route').map((line) => line.split(/\s+/).at(-1)),
  ];
  return routes.every((device) => device === 'lo');
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'latin1')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  } catch {
    // A kernel without IPv6.
    return [];
  }
}

function findProxy(environment: Environment): string | undefined {
  const name = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].find(
    (variable) => environment[variable],
  );
  return name === undefined ? undefined : `${name}=${environment[name]}`;
}

type Way = { readonly how: string; readonly command: string };

const started: Way = {
  how: "Start the container with one, not with '--network=none'",
  command: 'docker run --network=bridge …',
};

const online: { readonly [K in Container]: Way } = {
  'BuildKit step': {
    how: "Give the step one: no '--network=none', neither for the build nor behind RUN",
    command: 'docker build --network=default .',
  },
  'GitLab job': { how: 'The runner gives it', command: 'network_mode = "bridge"' },
  'GitHub job': started,
  'Kubernetes pod': { how: 'This shows what the pod has', command: 'ip address' },
  'Podman container': {
    how: started.how,
    command: 'podman run --network=private …',
  },
  'Docker container': started,
  machine: { how: 'This shows what is there', command: 'ip address' },
};
