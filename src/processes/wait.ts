import { now } from './clock.ts';
import { setTimeout as delay } from 'node:timers/promises';

/** How often processes that are not our children, which nobody announces, are looked at. */
const lookEvery = 2; // ms

/** Waits until `list` finds nothing any more, or `milliseconds` have passed; returns what is left. */
export async function waitUntilGone(list: () => number[], milliseconds: number): Promise<number[]> {
  const deadline = now() + milliseconds;
  for (;;) {
    const left = list();
    if (left.length === 0 || now() >= deadline) return left;
    await delay(lookEvery);
  }
}

/** Whether `promise` is fulfilled within `milliseconds`. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  using timer = startTimer(milliseconds);
  return await Promise.race([promise.then(() => true), timer.elapsed.then(() => false)]);
}

function startTimer(milliseconds: number): Disposable & { readonly elapsed: Promise<void> } {
  const { promise: elapsed, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  return { elapsed, [Symbol.dispose]: () => clearTimeout(timer) };
}
