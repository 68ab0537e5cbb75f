import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { renderSystemError } from '../../errors/system.ts';
import { now } from '../../processes/clock.ts';

/** The log of a build, in the words of Guix's `gnu-build`, which `build-logs` understands. */
export class Log implements Disposable {
  readonly file: string;
  readonly #descriptor: number;

  constructor(file: string) {
    this.file = file;
    this.#descriptor = openSync(file, 'w', 0o644);
  }

  write(line: string): void {
    writeSync(this.#descriptor, `${line}\n`);
  }

  /** Writes what a program writes, up to its end. */
  async take(output: AsyncIterable<Buffer>): Promise<void> {
    for await (const bytes of output) writeFileSync(this.#descriptor, bytes);
  }

  /** Tells of a phase, around what it does. */
  async tellPhase(name: string, work: () => Promise<void>): Promise<void> {
    const begunAt = now();
    const took = (): string => `after ${((now() - begunAt) / 1000).toFixed(1)} seconds`;
    this.write(`starting phase \`${name}'`);
    try {
      await work();
    } catch (error) {
      this.write(`phase \`${name}' failed ${took()}`);
      this.write(renderSystemError(error));
      throw error;
    }
    this.write(`phase \`${name}' succeeded ${took()}`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
