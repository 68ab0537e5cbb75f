import servers from '../../substitutes/servers.json' with { type: 'json' };

/** A substitute server of the built-in list, `substitutes/servers.json`. */
export type Server = {
  readonly url: string;
  /** The file in `substitutes/` that holds the public key which signs its narinfos. */
  readonly key: string;
  /** The server whose substitutes this one copies. */
  readonly mirrorOf?: string;
};

/** The built-in list, in the order in which the daemon asks the servers. */
export const builtInServers: readonly Server[] = servers;

export const builtInUrls: readonly string[] = builtInServers.map(({ url }) => url);
