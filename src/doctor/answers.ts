import { parseAddress, toConnectOptions } from '../daemon/address.ts';
import { type Answer, tryHandshake } from '../daemon/readiness.ts';
import type { Finding, Machine } from './check.ts';

/**
 * What the daemon says where clients look for it, within a short time; of ssh:// nothing is known. It is
 * asked once, by whichever check is the first that wants to know.
 */
export function askDaemon(machine: Machine): Promise<Answer | undefined> {
  const known = answers.get(machine.signal);
  if (known !== undefined) return known;
  const answer = ask(machine);
  answers.set(machine.signal, answer);
  return answer;
}

/**
 * The same findings, where they say what a daemon of ours lacks: where one runs, that is used, and nothing
 * of it is broken.
 */
export async function judgeOurDaemon(
  findings: readonly Finding[],
  machine: Machine,
): Promise<readonly Finding[]> {
  const isBroken = findings.some(({ state }) => state === 'broken');
  if (!isBroken || (await askDaemon(machine))?.is !== 'ready') return findings;
  return findings.map((finding) =>
    finding.state === 'broken'
      ? { ...finding, state: 'odd', text: `${finding.text}; but the daemon that runs is used` }
      : finding,
  );
}

/** Something was changed that may have to do with it. */
export function forgetAnswer({ signal }: Machine): void {
  answers.delete(signal);
}

/** By what each examination has one of. */
const answers = new WeakMap<AbortSignal, Promise<Answer | undefined>>();

async function ask({ socket, options, signal }: Machine): Promise<Answer | undefined> {
  const address = parseAddress(socket);
  if (address.at === 'elsewhere') return undefined;
  const enough = AbortSignal.any([signal, AbortSignal.timeout(waitFor(options.daemonTimeout))]);
  return tryHandshake(toConnectOptions(address), enough);
}

/** How long it may take, in milliseconds: one that works takes 5. */
export function waitFor(timeout: number): number {
  return Math.min(timeout * 1000, longest);
}

const longest = 3000; // ms
