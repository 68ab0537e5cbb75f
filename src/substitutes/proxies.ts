import { EntryPointError } from '../errors/failure.ts';

/** The proxies of the user's environment: URLs, and the hosts that are asked without. */
export type Proxies = {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly none: string | undefined;
};

type Environment = Readonly<Record<string, string>>;

/** Reads them from their variables; an empty one is as good as none, and a bad one an error. */
export function findProxies(environment: Environment): Proxies {
  return {
    http: readProxy(environment, ['http_proxy']),
    https: readProxy(environment, ['https_proxy', 'HTTPS_PROXY']),
    none: environment['no_proxy'] || environment['NO_PROXY'] || undefined,
  };
}

/** As for curl, `HOST:PORT` is a proxy, too. */
function readProxy(environment: Environment, variables: readonly string[]): string | undefined {
  const option = variables.find((variable) => environment[variable]);
  const value = option === undefined ? undefined : environment[option];
  if (option === undefined || value === undefined) return undefined;
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (isProxy(url)) return url;
  const wanted = 'the URL of a proxy, as in http://HOST:PORT';
  throw new EntryPointError({ kind: 'bad-value', option, value, wanted });
}

function isProxy(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(`${username}:${password}`);
    return true;
  } catch {
    return false;
  }
}
