import { closeSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { callSystem } from './libc.ts';
import { loadNet } from './net.ts';

// Sockets that listen at once: clients can connect from then on, and wait to be accepted. Node's own
// `listen` loads ten modules first, and tells a port some milliseconds later.

/** A TCP socket on 127.0.0.1. Throws what the system says. */
export function listenOnLoopback(): { readonly descriptor: number; readonly port: number } {
  const descriptor = listen(AF_INET, writeAddress(0));
  const address = writeAddress(0);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(address.length);
  callSystem('getsockname', descriptor, address, size);
  return { descriptor, port: address.readUInt16BE(2) };
}

/** A socket in the abstract name space of unix(7), which needs no file. Throws what the system says. */
export function listenOnName(name: string): number {
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return listen(AF_UNIX, Buffer.concat([family, Buffer.from(`\0${name}`)]));
}

/**
 * Accepts who connects, paused, after a moment, and until disposed of: what it takes costs
 * milliseconds, which a command that is over soon doesn't have to pay. Who is not served by then is
 * not waited for.
 */
export function acceptLater(descriptor: number, accept: (socket: Socket) => void): Disposable {
  let server: Server | undefined;
  const moment = setTimeout(() => {
    server = loadNet().createServer({ pauseOnConnect: true }, accept);
    // Whoever left before being accepted needs no answer.
    server.on('error', () => {});
    server.listen({ fd: descriptor }).unref();
  }, unserved);
  return {
    [Symbol.dispose]() {
      clearTimeout(moment);
      if (server === undefined) closeSync(descriptor);
      else server.close();
    },
  };
}

/** Guix's clients take as long before they connect to a daemon. */
const unserved = 40; // ms

function listen(family: number, address: Buffer): number {
  const descriptor = callSystem('socket', family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  try {
    callSystem('bind', descriptor, address, address.length);
    callSystem('listen', descriptor, backlog);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** sockaddr_in of ip(7): family, port and address, the latter two as they go over the network. */
function writeAddress(port: number): Buffer {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, 1], 4);
  return address;
}

const AF_UNIX = 1;
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const backlog = 128;
