import { existsSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { openConnection, operations } from '../../daemon/worker-protocol.ts';
import { name, type Plan } from './plan.ts';

/**
 * Has a daemon build what is planned, and hears what it says meanwhile. Rejects with its `Refusal`, or
 * with what is wrong with the connection.
 */
export async function build(
  address: NetConnectOpts,
  { archive, builder, text, derivation }: Plan,
  { signal, heard }: { readonly signal: AbortSignal; readonly heard: (text: string) => void },
): Promise<void> {
  using connection = await openConnection(address, signal);
  async function add(...values: Parameters<typeof connection.ask>[0]): Promise<void> {
    // It says where; that is known.
    await (await connection.ask(values, heard)).text();
  }
  const recursively = [1, 1, 'sha256'] as const;
  await add(operations.addToStore, `${name}-builder`, ...recursively, archive);
  await add(operations.addTextToStore, `${name}.drv`, text, 1, builder);
  const normally = 0;
  await connection.ask([operations.buildDerivations, 1, derivation, normally], heard);
}

/** Takes out of the store what came of it, complete or not, if nothing else makes use of that. */
export async function remove(
  address: NetConnectOpts,
  { output, derivation, builder }: Plan,
  signal: AbortSignal,
): Promise<void> {
  // What needs others goes first.
  const items = [output, derivation, builder].filter((item) => existsSync(item));
  if (items.length === 0) return;
  using connection = await openConnection(address, signal);
  const [deleteThese, notLive, obsolete] = [3, 0, [0, 0, 0]];
  const anyNumber = Number.MAX_SAFE_INTEGER;
  const what = [deleteThese, items.length, ...items, notLive, anyNumber, ...obsolete];
  await connection.ask([operations.collectGarbage, ...what]);
}
