import type { NetConnectOpts } from 'node:net';

/** Where a daemon listens: a socket file on this machine, or somewhere that is not ours to start. */
export type Address =
  | { readonly at: 'file'; readonly path: string }
  | { readonly at: 'host'; readonly host: string; readonly port: number }
  | { readonly at: 'ssh' };

/** The TCP port of `guix://HOST` (guix/store.scm, `%default-guix-port`). */
const guixPort = 44146;

/** Reads a checked `GUIX_DAEMON_SOCKET`, see "The Store" in Guix's manual. */
export function parseAddress(text: string): Address {
  if (text.startsWith('ssh://')) return { at: 'ssh' };
  if (!text.startsWith('guix://')) return { at: 'file', path: text };
  const { hostname, port } = new URL(text);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { at: 'host', host, port: port === '' ? guixPort : Number(port) };
}

/** How to connect to it. */
export function toConnectOptions(address: Exclude<Address, { at: 'ssh' }>): NetConnectOpts {
  return address.at === 'file'
    ? { path: address.path }
    : { host: address.host, port: address.port };
}
