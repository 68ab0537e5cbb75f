import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { renderSystemError } from '../errors/system.ts';
import type { BuildLog, Event, Report } from '../events/event.ts';
import { toPlainText } from './markdown.ts';
import { type Builds, mostBytes, renderFailure, renderSummary, sizeOf } from './summary-text.ts';

/**
 * A section for the file that GitHub Actions shows as the summary of a job's step
 * (`$GITHUB_STEP_SUMMARY`), made of what is told of the failed builds.
 */
export class StepSummary {
  readonly #file: string;
  readonly #report: Report;
  /** What is said of each failed build, by derivation; nothing where its log can't be read. */
  readonly #failures = new Map<string, string>();
  #size = 0;
  #log: BuildLog | undefined;
  #tail: string[] = [];

  constructor(file: string, report: Report) {
    this.#file = file;
    this.#report = report;
  }

  /** Takes note of an event. */
  follow(event: Event): void {
    if (event.event === 'builds-failed') {
      for (const derivation of event.failed) this.#failures.set(derivation, '');
    }
    if (event.event === 'build-log') [this.#log, this.#tail] = [event, []];
    if (event.event === 'build-log-line') this.#addLine(event.line);
    if (event.event === 'build-log-end') this.#addFailure(event.derivation);
  }

  /** Adds the section to what stands in the file, if a build failed. What goes wrong is told. */
  async close(undone: Omit<Builds, 'failures'>): Promise<void> {
    if (this.#failures.size === 0) return;
    try {
      await using handle = await open(this.#file, appending, 0o644);
      const { size } = await handle.stat();
      const room = mostBytesOfStep - size;
      const text = renderSummary({ failures: this.#failures, ...undone }, room);
      if (sizeOf(text) > room) throw new Error(tooLarge);
      await handle.appendFile(text);
    } catch (error) {
      const reason = renderSystemError(error);
      this.#report({ event: 'summary-lost', file: this.#file, reason });
    }
  }

  #addLine(line: string): void {
    this.#tail.push(toPlainText(line));
    if (this.#tail.length > tailLines) this.#tail.shift();
  }

  /** Where there is no room for it any more, it is not kept either: there may be thousands. */
  #addFailure(derivation: string): void {
    if (this.#log === undefined || !this.#failures.has(derivation)) return;
    const texts = [renderFailure(this.#log, this.#tail), renderFailure(this.#log, [])];
    const text = texts.find((candidate) => this.#size + sizeOf(candidate) <= mostBytes) ?? '';
    this.#failures.set(derivation, text);
    this.#size += sizeOf(text);
  }
}

/** It waits for nobody who may read a FIFO. */
const appending =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** GitHub drops a summary that is larger, whoever wrote it. */
const mostBytesOfStep = 1 << 20;
const tooLarge = 'it would be larger than the 1 MiB that GitHub takes';

const tailLines = 50;
