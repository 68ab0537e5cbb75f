import { parseAddress, toConnectOptions } from '../daemon/address.ts';
import { type Answer, tryHandshake } from '../daemon/readiness.ts';
import type { Machine } from './check.ts';

/** What the daemon says where clients look for it, within a short time; of ssh:// nothing is known. */
export async function askDaemon({ options, signal }: Machine): Promise<Answer | undefined> {
  const address = parseAddress(options.daemonSocket);
  if (address.at === 'ssh') return undefined;
  const enough = AbortSignal.any([signal, AbortSignal.timeout(waitFor(options.daemonTimeout))]);
  return tryHandshake(toConnectOptions(address), enough);
}

/** How long it may take, in milliseconds: one that works takes 5. */
export function waitFor(timeout: number): number {
  return Math.min(timeout * 1000, longest);
}

const longest = 3000; // ms
