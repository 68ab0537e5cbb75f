import { now } from '../../processes/clock.ts';

/**
 * What a run has learned of a substitute server: how fast it is, and whether it is worth asking. One
 * that fails is out for a while, and one that says nothing any more while others wait is out as well;
 * so only the first to ask pays for it.
 */
export class Health {
  /** Milliseconds from question to answer, the newer ones counting more; `undefined`: never answered. */
  latency: number | undefined;
  /** Bytes in a millisecond, of large nars; `undefined`: none yet. */
  throughput: number | undefined;
  /** What went wrong with it last. */
  reason: string | undefined;
  #waiting = 0;
  /** When it gave its last sign of life, or else was first asked. */
  #heardAt = 0;
  #outUntil = 0;
  #pause = firstPause;
  #errors = 0;

  get isOut(): boolean {
    return now() < this.#outUntil || this.isOverdue;
  }

  /** It is asked, and has said nothing for longer than can be expected of it. */
  get isOverdue(): boolean {
    return this.#waiting > 0 && this.patience <= 0;
  }

  /** Milliseconds for which an answer is still worth waiting for. */
  get patience(): number {
    return this.#heardAt + expectedWithin(this.latency) - now();
  }

  /** After how many milliseconds without an answer another server may be asked as well. */
  get hope(): number {
    return this.latency === undefined ? 300 : Math.min(Math.max(3 * this.latency, 50), 500);
  }

  asked(): void {
    if (this.#waiting++ === 0) this.#heardAt = now();
  }

  /** It answered, whatever it said, after so many milliseconds. */
  answered(milliseconds: number): void {
    this.#waiting--;
    this.#heardAt = now();
    this.latency = mix(this.latency, milliseconds);
    this.#outUntil = 0;
    this.#pause = firstPause;
    this.#errors = 0;
  }

  /** It answered that it can't answer (an error of the 500s). */
  excused(reason: string): void {
    this.#waiting--;
    this.#heardAt = now();
    this.stumbled(reason);
  }

  /** It went wrong, as may happen to anyone; not again and again, though. */
  stumbled(reason: string): void {
    this.reason = reason;
    if (++this.#errors >= toleratedErrors) this.exclude(reason);
  }

  /** It can't be reached, or didn't answer in time. */
  failed(reason: string): void {
    this.#waiting--;
    this.exclude(reason);
  }

  /** Leaves it out for a while, and for longer the next time. */
  exclude(reason: string): void {
    this.reason = reason;
    if (now() < this.#outUntil) return;
    this.#outUntil = now() + this.#pause;
    this.#pause = Math.min(2 * this.#pause, longestPause);
  }

  /** It sent so many bytes within so many milliseconds of waiting for it. */
  sent(bytes: number, milliseconds: number): void {
    this.throughput = mix(this.throughput, bytes / Math.max(milliseconds, 1));
  }
}

function mix(known: number | undefined, sample: number): number {
  return known === undefined ? sample : 0.7 * known + 0.3 * sample;
}

/** The first answer comes after a look-up, a connection and its encryption; then we know better. */
function expectedWithin(latency: number | undefined): number {
  return latency === undefined ? 1000 : Math.min(Math.max(5 * latency, 300), 2000);
}

const firstPause = 30_000; // ms
const longestPause = 300_000; // ms
const toleratedErrors = 3;
