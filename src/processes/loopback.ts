import { closeSync } from 'node:fs';
import { callSystem } from './libc.ts';

/** A TCP socket on 127.0.0.1 that listens: clients can connect from now on, and wait to be accepted. */
export type LoopbackSocket = { readonly descriptor: number; readonly port: number };

/**
 * Node's own `listen` tells the port some milliseconds later, and nobody can be told of it before.
 * Throws what the system says.
 */
export function listenOnLoopback(): LoopbackSocket {
  const descriptor = callSystem('socket', AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  try {
    callSystem('bind', descriptor, writeAddress(0), addressSize);
    callSystem('listen', descriptor, backlog);
    const address = writeAddress(0);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(addressSize);
    callSystem('getsockname', descriptor, address, size);
    return { descriptor, port: address.readUInt16BE(2) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** sockaddr_in of ip(7): family, port and address, the latter two as they go over the network. */
function writeAddress(port: number): Buffer {
  const address = Buffer.alloc(addressSize);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, 1], 4);
  return address;
}

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const addressSize = 16;
const backlog = 128;
