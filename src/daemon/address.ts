import type { NetConnectOpts } from 'node:net';
import { EntryPointError } from '../errors/failure.ts';
import { addressWanted, address as readAddress } from '../options/values.ts';

/** Where a daemon listens: a socket file on this machine, or somewhere that is not ours to start. */
export type Address =
  | { readonly at: 'file'; readonly path: string }
  | { readonly at: 'host'; readonly host: string; readonly port: number }
  | { readonly at: 'elsewhere' };

/** The TCP port of `guix://HOST` (guix/store.scm, `%default-guix-port`). */
const guixPort = 44146;

/** Reads a checked address, as "The Store" in Guix's manual has them, or one of Nix's stores. */
export function parseAddress(text: string): Address {
  if (text.startsWith('/')) return { at: 'file', path: text };
  if (!text.startsWith('guix://')) return { at: 'elsewhere' };
  const { hostname, port } = new URL(text);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { at: 'host', host, port: port === '' ? guixPort : Number(port) };
}

/** How to connect to it. */
export function toConnectOptions(address: Exclude<Address, { at: 'elsewhere' }>): NetConnectOpts {
  return address.at === 'file'
    ? { path: address.path }
    : { host: address.host, port: address.port };
}

/** The address in a variable, checked; `undefined`: it is empty or not set. */
export function readSocketVariable(
  name: string,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const given = environment[name];
  if (!given) return undefined;
  const address = readAddress([given]);
  if (address !== undefined) return address;
  throw new EntryPointError({
    kind: 'bad-value',
    option: name,
    value: given,
    wanted: addressWanted,
  });
}
