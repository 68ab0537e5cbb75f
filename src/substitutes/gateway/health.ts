import { now } from '../../processes/clock.ts';

/** What servers have in common: the line to the outside. */
export class Peers {
  /** Milliseconds that the slowest first answer took; `undefined`: nobody has answered yet. */
  slowest: number | undefined;
}

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
  /** What went wrong with it last, whether it was left out for that or not. */
  reason: string | undefined;
  readonly #peers: Peers;
  #waiting = 0;
  /** When it gave its last sign of life, or else was first asked. */
  #heardAt = 0;
  #outUntil = 0;
  #pause = firstPause;
  #errors = 0;
  #failedFast = false;

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  /** It is out, and to find out that it still is costs next to nothing. */
  get failsFast(): boolean {
    return this.isOut && !this.isOverdue && this.#failedFast;
  }

  get isOut(): boolean {
    return now() < this.#outUntil || this.isOverdue;
  }

  /** It is asked, and has said nothing for longer than can be expected of it. */
  get isOverdue(): boolean {
    return this.#waiting > 0 && this.patience <= 0;
  }

  /** Milliseconds for which an answer is still worth waiting for. */
  get patience(): number {
    return this.#heardAt + this.#expectedWithin() - now();
  }

  /**
   * The first answer comes after a look-up, a connection and its encryption, and a packet that is lost
   * costs a second more. How long all that takes from here is told by those who have answered; until
   * then everybody may be far away. To give up too soon means to build what could be fetched.
   */
  #expectedWithin(): number {
    // It has failed, and not answered since.
    if (this.#pause > firstPause) return probation;
    return clamp(5 * (this.latency ?? this.#peers.slowest ?? Infinity), 3000, 5000);
  }

  /** After how many milliseconds without an answer another server may be asked as well. */
  get hope(): number {
    return this.latency === undefined ? 300 : clamp(3 * this.latency, 50, 500);
  }

  asked(): void {
    if (this.#waiting++ === 0) this.#heardAt = now();
  }

  /** It answered, whatever it said, after so many milliseconds. */
  answered(milliseconds: number): void {
    this.#waiting--;
    this.#heardAt = now();
    if (this.latency === undefined) {
      this.#peers.slowest = Math.max(this.#peers.slowest ?? 0, milliseconds);
    }
    // In a crowd, most of the time has passed before its turn came.
    if (this.latency === undefined || this.#waiting < crowd) {
      this.latency = mix(this.latency, milliseconds);
    }
    this.#outUntil = 0;
    this.#pause = firstPause;
    this.#errors = 0;
  }

  /** It answered that it can't answer (an error of the 500s). */
  excused(reason: string): void {
    this.#waiting--;
    this.#heardAt = now();
    this.#failedFast = true;
    this.stumbled(reason);
  }

  /** It went wrong, as may happen to anyone; not again and again, though. */
  stumbled(reason: string): void {
    this.reason = reason;
    if (++this.#errors >= toleratedErrors) this.exclude(reason);
  }

  /** It can't be reached, or didn't answer in time, as came out after so many milliseconds. */
  failed(reason: string, milliseconds: number): void {
    this.#waiting--;
    this.#failedFast = milliseconds < fast;
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

function clamp(number: number, least: number, most: number): number {
  return Math.min(Math.max(number, least), most);
}

function mix(known: number | undefined, sample: number): number {
  return known === undefined ? sample : 0.7 * known + 0.3 * sample;
}

const firstPause = 1000; // ms
const longestPause = 300_000; // ms
const probation = 2000; // ms
const fast = 500; // ms
const crowd = 8;
const toleratedErrors = 3;
