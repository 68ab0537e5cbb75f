import { setImmediate } from 'node:timers/promises';
import { now } from '../processes/clock.ts';

/** How long work may go on. */
export type Pace = {
  /** Calls it off between two steps. */
  readonly signal?: AbortSignal;
  /** Called now and then. */
  readonly onPause?: () => void;
};

/**
 * Does work in short slices: signals and children that have ended are taken notice of in between. To
 * wait for the system after each call would take several times as long as the calls.
 */
export async function inSlices<Result>(
  work: Generator<unknown, Result>,
  { signal, onPause }: Pace = {},
): Promise<Result> {
  for (;;) {
    const end = now() + slice;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (now() < end);
    onPause?.();
    await setImmediate();
    // What it has begun, it tidies up.
    if (signal?.aborted === true) work.throw(signal.reason);
  }
}

const slice = 10; // ms
