import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { errorCode } from '../errors/system.ts';
import { callSystem } from '../processes/libc.ts';

// Locks of flock(2) on the directories themselves: they leave no file, reach over all containers of
// one kernel, and end with their holder, however it ends.

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

type Waiting = {
  readonly signal?: AbortSignal | undefined;
  /** Called each time that it can't be had yet. */
  readonly onPause?: (() => void) | undefined;
};

/** A directory that is held until it is disposed of. */
export class DirectoryLock implements Disposable {
  readonly #path: string;
  #descriptor: number;

  private constructor(path: string) {
    this.#path = path;
    this.#descriptor = openDirectory(path);
  }

  /** Holds nothing yet. */
  static open(path: string): DirectoryLock {
    return new DirectoryLock(path);
  }

  /**
   * Takes it, alone or with others, unless somebody else has it; what was held before is given up.
   * Of a directory that was exchanged in the meantime, the one that is there now.
   */
  tryTake(how: 'alone' | 'shared'): boolean {
    const operation = (how === 'alone' ? LOCK_EX : LOCK_SH) | LOCK_NB;
    for (;;) {
      try {
        callSystem('flock', this.#descriptor, operation);
      } catch (error) {
        if (errorCode(error) === 'EAGAIN') return false;
        // A file system without locks: there is nobody to be found by them.
        if (errorCode(error) !== 'ENOLCK' && errorCode(error) !== 'ENOTSUP') throw error;
      }
      if (this.isInPlace()) return true;
      closeSync(this.#descriptor);
      this.#descriptor = openDirectory(this.#path);
    }
  }

  /** Waits until it can be had, alone if possible; how it is held. */
  async takeEither(signal: AbortSignal): Promise<'alone' | 'shared'> {
    for (;;) {
      if (this.tryTake('alone')) return 'alone';
      if (this.tryTake('shared')) return 'shared';
      await setTimeout(pause);
      signal.throwIfAborted();
    }
  }

  /** Waits for it. */
  async take(how: 'alone' | 'shared', { signal, onPause }: Waiting): Promise<void> {
    while (!this.tryTake(how)) {
      onPause?.();
      await setTimeout(pause);
      signal?.throwIfAborted();
    }
  }

  /** Whether the directory is still the one at its path. */
  isInPlace(): boolean {
    const { dev, ino } = fstatSync(this.#descriptor);
    const there = statSync(this.#path, { throwIfNoEntry: false });
    return there !== undefined && there.dev === dev && there.ino === ino;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

function openDirectory(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
}

const pause = 20; // ms
