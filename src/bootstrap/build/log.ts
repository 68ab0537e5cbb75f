import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { renderSystemError } from '../../errors/system.ts';
import { now } from '../../processes/clock.ts';
import { loadNet } from '../../processes/net.ts';

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

  /** Writes what comes out of a pipe, up to its end. */
  async take(readEnd: number): Promise<void> {
    const { Socket } = loadNet();
    const output: AsyncIterable<Buffer> = new Socket({
      ...{ fd: readEnd, readable: true, writable: false },
    });
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
