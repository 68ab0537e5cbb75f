import type { BuildLog } from '../events/event.ts';

// What guix/build/gnu-build-system.scm writes, in English for everyone:
//
//     starting phase `build'
//     phase `build' succeeded after 12.3 seconds
//     phase `build' failed after 12.3 seconds
//
// A phase whose end is missing was ended from outside. What the stdenv of Nixpkgs writes for Nix has no ends:
//
//     Running phase: buildPhase
//     @nix { "action": "setPhase", "phase": "buildPhase" }
//
// The first of these lines has had other words. A program that ends without a newline leaves its
// last words in front.

/** Follows the phases of a build, line by line. */
export class Phases {
  #current: BuildLog['phase'];
  #seconds: number | undefined;

  /** The phase that the build ended in; nothing if that succeeded. */
  get last(): BuildLog['phase'] {
    return this.#current;
  }

  /** What they took together. */
  get seconds(): number | undefined {
    return this.#seconds;
  }

  /** Takes a line, and says whether a phase begins with it. */
  read(line: string): boolean {
    const [, started] = beginning.exec(line) ?? beginningForNix.exec(line) ?? [];
    if (started !== undefined) {
      this.#current = { name: started, failed: false };
      return true;
    }
    const [, name, word, given] = end.exec(line) ?? [];
    if (name === undefined) return false;
    const seconds = Number(given);
    this.#seconds = (this.#seconds ?? 0) + seconds;
    this.#current = word === 'failed' ? { name, seconds, failed: true } : undefined;
    return false;
  }
}

// A name is told in a line of ours: whatever else a log may say in its place, it has to be one.
const beginning = /starting phase `([\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,100})'$/u;
const beginningForNix =
  /^@nix \{ ?"action": ?"setPhase", ?"phase": ?"([\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,100})" ?\}$/u;
const end =
  /phase `([\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,100})' (succeeded|failed) after (\d+(?:\.\d+)?) seconds$/u;
