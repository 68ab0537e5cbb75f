/** The proxies of the user's environment: URLs, and the hosts that are asked without. */
export type Proxies = {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly none: string | undefined;
};

/** Reads them from their variables; an empty one is as good as none. */
export function findProxies(environment: Readonly<Record<string, string>>): Proxies {
  return {
    http: environment['http_proxy'] || undefined,
    https: environment['https_proxy'] || environment['HTTPS_PROXY'] || undefined,
    none: environment['no_proxy'] || environment['NO_PROXY'] || undefined,
  };
}
