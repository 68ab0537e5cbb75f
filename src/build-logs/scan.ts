/** What one pass over a log says of its lines. */
export type Scanned = {
  readonly bytes: number;
  readonly lines: number;
  /** The byte where the last lines begin that were asked for. */
  readonly tailStart: number;
  /** The byte where its end begins that is worth looking through, and the line that is, from 1. */
  readonly endStart: number;
  readonly endLine: number;
};

type Mark = { readonly start: number; readonly line: number };

/** Counts the lines of a log as its chunks come, and remembers only where the last ones begin. */
export class LogScan {
  readonly #wanted: number;
  /** The beginnings of the last lines, as a ring. */
  readonly #starts: number[] = [];
  /** Some beginnings of lines, far from each other, of which the last ones are kept. */
  #marks: readonly Mark[] = [{ start: 0, line: 1 }];
  #bytes = 0;
  #lines = 0;
  #lineStart = 0;

  constructor(wantedLines: number) {
    this.#wanted = wantedLines;
  }

  update(chunk: Buffer): void {
    const ring = this.#wanted + 1;
    // In variables of its own the loop is twice as fast, and leaves no garbage.
    let [lines, lineStart] = [this.#lines, this.#lineStart];
    let nextMark = (this.#marks.at(-1)?.start ?? 0) + markEvery;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) {
      this.#starts[lines++ % ring] = lineStart;
      lineStart = this.#bytes + at + 1;
      if (lineStart >= nextMark) nextMark = this.#mark(lineStart, lines + 1);
    }
    [this.#lines, this.#lineStart] = [lines, lineStart];
    this.#bytes += chunk.length;
  }

  end(): Scanned {
    // A last line without a newline is a line, too.
    if (this.#lineStart < this.#bytes) {
      this.#starts[this.#lines++ % (this.#wanted + 1)] = this.#lineStart;
    }
    const [bytes, lines] = [this.#bytes, this.#lines];
    const first = Math.max(0, lines - this.#wanted) % (this.#wanted + 1);
    const tailStart = this.#wanted === 0 ? bytes : (this.#starts[first] ?? 0);
    const earliest = bytes - (keptMarks + 1) * markEvery;
    // A line may be longer than all of that.
    const end = this.#marks.find(({ start }) => start >= earliest) ?? {
      start: earliest,
      line: lines,
    };
    return { bytes, lines, tailStart, endStart: end.start, endLine: end.line };
  }

  /** Remembers where a line begins, and returns from where on the next one is remembered. */
  #mark(start: number, line: number): number {
    this.#marks = [...this.#marks, { start, line }].slice(-keptMarks);
    return start + markEvery;
  }
}

const newline = 0x0a;
/** The end of a log: the last 8 MB, or somewhat less. */
const [markEvery, keptMarks] = [1 << 21, 4];
