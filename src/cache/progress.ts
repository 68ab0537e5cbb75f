import type { Event, Report } from '../events/event.ts';
import { renderCacheProgress } from '../events/cache.ts';
import { writeToStderr } from '../events/stderr.ts';
import { now } from '../processes/clock.ts';
import type { Tally } from './apply.ts';
import { sizeOf } from './entry.ts';
import type { Plan, Trees } from './plan.ts';

/** Tells how a staging goes on, if it takes long. */
export class Progress implements Disposable {
  /** What has been copied. */
  readonly tally: Tally = { files: 0, bytes: 0 };
  readonly #course: Course;
  readonly #report: Report;
  readonly #isLive: boolean;
  readonly #began = now();
  #shown = now() + longTakes - refresh;
  #total: Tally | undefined;
  #isTold = false;
  #isOnScreen = false;

  constructor(
    course: Course,
    { report, isLive }: { readonly report: Report; readonly isLive: boolean },
  ) {
    this.#course = course;
    this.#report = report;
    this.#isLive = isLive;
  }

  /** How much is to be done. */
  expect({ changes }: Plan): void {
    const made = changes.filter((change) => change.is === 'make');
    this.#total = {
      files: made.length,
      bytes: made.reduce((sum, { entry }) => sum + sizeOf(entry), 0),
    };
    this.#isTold = false;
  }

  readonly show = (): void => {
    const time = now();
    if (time - this.#shown < refresh) return;
    this.#shown = time;
    const state = { ...this.#course, total: this.#total };
    if (this.#isLive) {
      const columns = process.stderr.columns || 80;
      const line = renderCacheProgress({ ...state, done: this.tally }).slice(0, columns - 3);
      writeToStderr(`\r+ ${line}${eraseRest}`);
      this.#isOnScreen = true;
    } else if (!this.#isTold) {
      this.#report({ event: 'cache-staging', ...state });
      this.#isTold = true;
    }
  };

  /** It has come to a good end. */
  tell({ changes }: Plan): void {
    this[Symbol.dispose]();
    const milliseconds = Math.round(now() - this.#began);
    const removed = changes.filter((change) => change.is === 'remove').length;
    const done = { ...this.#course, ...this.tally, removed, milliseconds };
    const event: Event['event'] =
      milliseconds < longTakes ? 'cache-staged' : 'cache-staged-at-length';
    this.#report({ event, ...done });
  }

  [Symbol.dispose](): void {
    if (this.#isOnScreen) writeToStderr(`\r${eraseRest}`);
    this.#isOnScreen = false;
  }
}

type Course = Trees & Pick<Plan, 'direction'>;

const eraseRest = '\x1b[K';
/** What takes longer is told. */
const longTakes = 2000; // ms
const refresh = 100; // ms
