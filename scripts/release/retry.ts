// Networks and registries fail now and then. What fails for another reason is never tried again.
import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import { say } from '../script.ts';
import { Refusal } from './refusal.ts';

/** A failure that another try may not have; `secondsToWait` is what the server asked for. */
export class Flaky extends Refusal {
  readonly secondsToWait: number;

  constructor(message: string, secondsToWait = 0) {
    super(message);
    // No server holds up a release for longer.
    this.secondsToWait = Math.min(secondsToWait, 600);
  }
}

/** Tries up to five times while it is flaky, after pauses of 1, 3, 9 and 27 s. */
export function retry<Result>(what: string, attempt: () => Promise<Result>): Promise<Result> {
  return pRetry(attempt, {
    retries: 4,
    minTimeout: 1000,
    factor: 3,
    shouldRetry: ({ error }) => error instanceof Flaky,
    async onFailedAttempt({ error, retriesLeft }) {
      if (!(error instanceof Flaky) || retriesLeft === 0) return;
      say(`${what}: ${error.message}; trying again, ${retriesLeft} more times at most`);
      await wait(error.secondsToWait * 1000);
    },
  });
}

/** The lines in which client and engine tell why they gave up, and Guix that it was Git's fetching. */
const reasons =
  /^(?:ERROR: |docker: Error response from daemon: |#\d+ [\d.]+ guix pull: error: Git error: ).*$/gm;

/** How they put it when it was the network, or who is at its other end. */
const flakyWords = [
  /\b(unexpected|received unexpected HTTP) status\b.*\b(429|5\d\d)\b/i,
  /\btoomanyrequests\b/i,
  /TLS handshake timeout|i\/o timeout|request canceled|context deadline exceeded/i,
  /connection (reset|refused|timed out)|broken pipe|unexpected EOF|server misbehaving/i,
  /(name resolution|name or service not known|could not resolve host|no such host)/i,
];

/**
 * Whether another try may end well, by what a client wrote before it failed. What a build wrote into it
 * is no reason, and neither is a program that the builder quotes because it failed.
 */
export function isFlaky(text: string): boolean {
  const own = text.match(reasons) ?? [];
  const told = own.filter((line) => !line.includes('did not complete successfully'));
  return told.some((line) => flakyWords.some((words) => words.test(line)));
}
