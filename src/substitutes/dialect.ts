import type { Environment, Kind, SetUp } from '../daemon/kind.ts';
import { guixDialect } from './guix.ts';
import type { PublicKey } from './keys.ts';
import { nixDialect } from './nix.ts';
import type { Server } from './servers.ts';

/** How a kind of daemon is told of substitutes, and what it keeps of them. */
export type Dialect = {
  /** The servers that are asked where nobody names others. Throws if their list is broken. */
  readonly listServers: (setUp: SetUp) => readonly Server[];
  /** Chooses servers that a gateway can ask in its place; the others are left to the daemon. */
  readonly chooseForGateway: (servers: readonly Server[], setUp: SetUp) => readonly Server[];
  /** Tells the keys whose signatures count whenever it is asked. */
  readonly followKeys: (setUp: SetUp) => () => ReadonlySet<PublicKey>;
  /** The environment of a daemon that asks a gateway at this URL and has this one without. */
  readonly behindGateway: (environment: Environment, url: string) => Environment;
  /** Removes what it has kept because of that gateway: there won't be another one at that URL. */
  readonly forget: (environment: Environment, gateway: Gone) => Promise<void>;
};

/** A gateway that is closed, and whether anybody has asked it. */
type Gone = { readonly url: string; readonly wasAsked: boolean };

export const dialects: { readonly [name in Kind['name']]: Dialect } = {
  guix: guixDialect,
  nix: nixDialect,
};
