import servers from '../../substitutes/servers.json' with { type: 'json' };

/** A substitute server, as `substitutes/servers.json` lists it. */
export type Server = {
  readonly url: string;
  /** The file among our keys that holds the one which signs its narinfos; not known of any URL. */
  readonly key?: string;
  /** The server whose substitutes this one copies. */
  readonly mirrorOf?: string;
};

/** The built-in list, in the order in which the daemon asks the servers. */
export const builtInServers: readonly Server[] = servers;
