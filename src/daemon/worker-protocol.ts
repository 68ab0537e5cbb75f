import { loadNet } from '../processes/net.ts';
import { toText, toWord } from '../store/framing.ts';
import type { NetConnectOpts, Socket } from 'node:net';

// The worker protocol of guix-daemon and nix-daemon, as far as we speak it: guix/store.scm and
// nix/libstore/worker-protocol.hh of Guix, src/libstore/daemon.cc of Nix. Every word is 8 bytes, little-endian; a string is its
// length, its bytes, and zeros up to a multiple of 8.

const workerMagic1 = 0x6e697863;
const workerMagic2 = 0x6478696f;
/**
 * 1.19. Daemons of Guix have 1.99 and more, of Nix 1.33 to 1.38 by now, and both take all from 1.18 on.
 * Behind 1.19 Nix has errors and progress in forms of its own, more in the handshake, and other questions.
 */
const protocolVersion = 0x113;
/** What a daemon can be asked for. */
export const operations = {
  addToStore: 7,
  addTextToStore: 8,
  buildDerivations: 9,
  collectGarbage: 20,
  queryValidPaths: 31,
} as const;
/** A question of a megabyte. */
const itemsAtOnce = 10_000;

const stderrNext = 0x6f6c6d67;
const stderrLast = 0x616c7473;
const stderrError = 0x63787470;

/** The daemon's own refusal, such as a build users group that doesn't exist. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** What we send: a number, a text, or bytes as they are. */
type Value = number | string | Buffer;

/** A connection that has been greeted and is ready for questions; dispose of it to hang up. */
export type Connection = Disposable & {
  /**
   * Asks for an operation, with its arguments, and returns what reads the answer. What the daemon says
   * meanwhile is heard; its error is a `Refusal`.
   */
  ask(values: readonly Value[], heard?: (text: string) => void): Promise<WordReader>;
  /** Those of the store items that the store's database knows as complete. */
  findValid(storeItems: readonly string[]): Promise<readonly string[]>;
};

/**
 * Connects and goes through the whole handshake, after which the daemon has opened its store and is
 * ready: listening alone doesn't say so. Rejects with a `Refusal`, or with the socket's error.
 */
export async function openConnection(
  address: NetConnectOpts,
  signal?: AbortSignal,
): Promise<Connection> {
  const socket = loadNet().connect({ ...address, ...(signal && { signal }) });
  try {
    const read = readWords(socket);
    const noAffinity = 0;
    const reserveSpace = 1;
    // All at once: what we say doesn't hang on the answer, which is the daemon's magic and version.
    send(socket, workerMagic1, protocolVersion, noAffinity, reserveSpace);
    if ((await read.word()) !== workerMagic2) throw new Error('it is not a daemon of Guix or Nix');
    await read.word();
    await readUntilLast(read);
    async function ask(...[values, heard]: Parameters<Connection['ask']>): Promise<WordReader> {
      send(socket, ...values);
      await readUntilLast(read, heard);
      return read;
    }
    return {
      ask,
      async findValid(storeItems) {
        const valid: string[] = [];
        for (let at = 0; at < storeItems.length; at += itemsAtOnce) {
          const some = storeItems.slice(at, at + itemsAtOnce);
          await ask([operations.queryValidPaths, some.length, ...some]);
          for (let left = await read.word(); left > 0; left--) valid.push(await read.text());
        }
        return valid;
      },
      [Symbol.dispose]: () => socket.destroy(),
    };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The daemon's messages up to "that was all"; its error becomes ours. */
async function readUntilLast(read: WordReader, heard?: (text: string) => void): Promise<void> {
  for (;;) {
    const word = await read.word();
    if (word === stderrLast) return;
    if (word === stderrError) throw new Refusal(await read.text());
    if (word !== stderrNext)
      throw new Error(`unknown message 0x${word.toString(16)} of the daemon`);
    const text = await read.text();
    heard?.(text);
  }
}

function send(socket: Socket, ...values: readonly Value[]): void {
  socket.write(Buffer.concat(values.map(encode)));
}

function encode(value: Value): Buffer {
  if (typeof value === 'number') return toWord(value);
  return typeof value === 'string' ? toText(value) : value;
}

/** More than any message of a daemon holds; a number above it is not the length of one. */
const longestText = 1 << 20;

type WordReader = { word(): Promise<number>; text(): Promise<string> };

function readWords(socket: Socket): WordReader {
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  let buffered = Buffer.alloc(0);
  async function take(length: number): Promise<Buffer> {
    while (buffered.length < length) {
      const { done, value } = await chunks.next();
      if (done === true) throw new Error('the daemon hung up');
      buffered = Buffer.concat([buffered, value]);
    }
    const taken = buffered.subarray(0, length);
    buffered = buffered.subarray(length);
    return taken;
  }
  async function word(): Promise<number> {
    return Number((await take(8)).readBigUInt64LE());
  }
  async function text(): Promise<string> {
    const length = await word();
    if (length > longestText) throw new Error(`the daemon announces a text of ${length} bytes`);
    const padded = await take(length + (-length & 7));
    return padded.toString('utf8', 0, length);
  }
  return { word, text };
}
