import { closeSync, openSync, writeFileSync } from 'node:fs';
import { EntryPointError } from '../../errors/failure.ts';
import { renderSystemError } from '../../errors/system.ts';
import { now } from '../../processes/clock.ts';
import { nameLog, type Store, toUnusable } from '../stores.ts';

/** The log of a build, in the words of Guix's `gnu-build`, which `build-logs` understands. */
export class Log implements Disposable {
  readonly #store: Store;
  readonly #descriptor: number;

  /** The log of the store's item. */
  constructor(store: Store, output: string) {
    this.#store = store;
    this.#descriptor = openSync(nameLog(store, output), 'w', 0o644);
  }

  write(line: string): void {
    this.#write(`${line}\n`);
  }

  /** A log that can't be written is the store's fault, not the build's. */
  #write(text: string | Buffer): void {
    try {
      writeFileSync(this.#descriptor, text);
    } catch (cause) {
      throw new EntryPointError(toUnusable(this.#store, cause), { cause });
    }
  }

  /** Writes what a program writes, up to its end. */
  async take(output: AsyncIterable<Buffer>): Promise<void> {
    for await (const bytes of output) this.#write(bytes);
  }

  /** Tells of a phase, around what it does. */
  async tellPhase(name: string, work: () => Promise<void>): Promise<void> {
    const begunAt = now();
    const took = (): string => `after ${((now() - begunAt) / 1000).toFixed(1)} seconds`;
    this.write(`starting phase \`${name}'`);
    try {
      await work();
    } catch (error) {
      this.write(`error: in phase '${name}': ${renderSystemError(error)}`);
      this.write(`phase \`${name}' failed ${took()}`);
      throw error;
    }
    this.write(`phase \`${name}' succeeded ${took()}`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
