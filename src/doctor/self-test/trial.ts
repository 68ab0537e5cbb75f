import { randomUUID } from 'node:crypto';
import type { NetConnectOpts } from 'node:net';
import { openConnection, operations, toText } from '../../daemon/worker-protocol.ts';
import { type Derivation, makeDerivation } from './derivation.ts';

/** What a trial makes in the store. */
export type Made = {
  /** In an order in which they can be taken away: what needs others first. */
  readonly items: string[];
  /** The derivation, and what it is to make, by which logs and locks are named. */
  derivation: string | undefined;
  output: string | undefined;
};

type Trial = {
  readonly store: string;
  readonly system: string;
  /** The program that is to build, as the bytes of a file. */
  readonly program: Buffer;
  readonly signal: AbortSignal;
  /** Is told of each item before the next one is made. */
  readonly made: Made;
  /** What the daemon says meanwhile. */
  readonly heard: (text: string) => void;
};

/** The name that begins those of all items of ours. */
const name = 'guix-entry-point-self-test';

/**
 * Has a daemon build something that it hasn't built before, with nothing but what we give to it.
 * Rejects with its `Refusal`, or with what is wrong with the connection.
 */
export async function build(address: NetConnectOpts, trial: Trial): Promise<void> {
  const { store, system, program, signal, made, heard } = trial;
  using connection = await openConnection(address, signal);
  async function add(...values: Parameters<typeof connection.ask>[0]): Promise<string> {
    const path = await (await connection.ask(values, heard)).text();
    made.items.unshift(path);
    return path;
  }
  const recursively = [1, 1, 'sha256'] as const;
  const archive = toArchive(program);
  const builder = await add(operations.addToStore, `${name}-builder`, ...recursively, archive);
  const { text, output } = describe({ store, system, builder });
  const file = await add(operations.addTextToStore, `${name}.drv`, text, 1, builder);
  Object.assign(made, { derivation: file, output });
  made.items.unshift(output);
  const normally = 0;
  await connection.ask([operations.buildDerivations, 1, file, normally], heard);
}

function describe({
  store,
  system,
  builder,
}: Pick<Trial, 'store' | 'system'> & { readonly builder: string }): Derivation {
  // Neither a substitute server nor another machine has anything to do with it.
  const variables = { allowSubstitutes: '', preferLocalBuild: '1', trial: randomUUID() };
  return makeDerivation({ store, name, system, builder, variables });
}

/** An executable file as an archive of Guix (nar): lists of texts. */
function toArchive(file: Buffer): Buffer {
  const parts = ['nix-archive-1', '(', 'type', 'regular', 'executable', '', 'contents', file, ')'];
  return Buffer.concat(parts.map(toText));
}

/** Takes items out of the store, if nothing but the trial has made use of them. */
export async function remove(
  address: NetConnectOpts,
  items: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  using connection = await openConnection(address, signal);
  const there = await connection.findValid(items);
  if (there.length === 0) return;
  const [deleteThese, notLive, obsolete] = [3, 0, [0, 0, 0]];
  const anyNumber = Number.MAX_SAFE_INTEGER;
  const what = [deleteThese, there.length, ...there, notLive, anyNumber, ...obsolete];
  await connection.ask([operations.collectGarbage, ...what]);
}
