import { existsSync } from 'node:fs';
import type { NetConnectOpts } from 'node:net';
import { openConnection } from './worker-protocol.ts';

/**
 * Those of the store items that are complete, as the daemon's database knows them. Where the daemon
 * doesn't answer any more, those that are there; a failed build may have left some, too.
 */
export async function findValid(
  address: NetConnectOpts,
  storeItems: readonly string[],
): Promise<readonly string[]> {
  try {
    using connection = await openConnection(address, AbortSignal.timeout(daemonAnswers));
    return await connection.findValid(storeItems);
  } catch {
    return findPresent(storeItems);
  }
}

/** Those of the store items that are there, complete or not. */
export function findPresent(storeItems: readonly string[]): readonly string[] {
  return storeItems.filter((item) => existsSync(item));
}

/** How long the daemon may take for its answer; 10,000 store items take 0.2 s. */
const daemonAnswers = 5000; // ms
