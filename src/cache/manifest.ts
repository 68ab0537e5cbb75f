import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { Known } from './decide.ts';
import { type Span, stamp, type Entry } from './entry.ts';
import { above, below, nameOf, oursStaged } from './names.ts';

/**
 * What was staged last, kept in the staging directory itself: it is lost when that is. By it a change
 * on either side is seen without reading a file.
 */
export class Manifest {
  readonly #directories = new Map<string, Map<string, Known>>();
  /** When links of ours were made and removed at home since. */
  readonly spans: Span[] = [];

  #hasNews = false;

  /** What is known of a directory's entries, by their names. */
  in(directory: string): ReadonlyMap<string, Known> | undefined {
    return this.#directories.get(directory);
  }

  keep(path: string, known: Known): void {
    const directory = above(path);
    const names = this.#directories.get(directory) ?? new Map<string, Known>();
    this.#directories.set(directory, names.set(nameOf(path), known));
  }

  /** Keeps what another one knows of all that is below a path. */
  keepBelow(path: string, from: Manifest): void {
    for (const [name, known] of from.in(path) ?? []) {
      this.keep(below(path, name), known);
      this.keepBelow(below(path, name), from);
    }
  }

  /** Both sides are the same now. */
  record(path: string, home: Entry, staged: Entry): void {
    this.#hasNews = true;
    this.keep(path, { home: stamp(home), staged: stamp(staged) });
  }

  /** Whether it says something that the one that was read before doesn't. */
  isNews(before: Manifest): boolean {
    const isSettled = !before.isFirst && before.spans.length + before.unfinished.size === 0;
    return this.#hasNews || !isSettled || this.size !== before.size;
  }

  /** Writes it into a staging directory; one that was there is whole until then. */
  write(staged: string): void {
    const directories = [...this.#directories.keys()];
    const names = [...this.#directories.values()].map((known) => [...known.keys()]);
    const stamps = Float64Array.from(this.#listNumbers());
    const { spans } = this;
    const written: Written = { version, directories, names, stamps, spans };
    mkdirSync(`${staged}/${oursStaged}`, { recursive: true, mode: 0o700 });
    writeFileSync(`${fileIn(staged)}.new`, serialize(written), { mode: 0o600 });
    renameSync(`${fileIn(staged)}.new`, fileIn(staged));
    rmSync(markIn(staged), { force: true });
    rmSync(firstIn(staged), { force: true });
  }

  /** The same; where there is no room for it, both sides are compared as they are next time. */
  writeIfPossible(staged: string): void {
    try {
      this.write(staged);
    } catch {
      for (const path of [fileIn(staged), `${fileIn(staged)}.new`, markIn(staged)]) {
        rmSync(path, { recursive: true, force: true });
      }
    }
  }

  /** How many entries it has. */
  get size(): number {
    return [...this.#directories.values()].reduce((sum, { size }) => sum + size, 0);
  }

  *#listNumbers(): Generator<number> {
    for (const known of this.#directories.values()) {
      for (const { home, staged } of known.values()) {
        yield* home;
        yield* staged;
      }
    }
  }

  /** Nothing has been staged there yet: what is there is somebody else's. */
  isFirst = false;

  /** Where a run that was killed while it staged in may have left half a file. */
  unfinished: ReadonlySet<string> = new Set();

  /** Reads that of a staging directory; an empty one where there is none that we understand. */
  static read(staged: string): Manifest {
    const manifest = new Manifest();
    manifest.unfinished = readMark(staged);
    manifest.isFirst = existsSync(firstIn(staged));
    try {
      const written: unknown = deserialize(readFileSync(fileIn(staged)));
      if (isWritten(written)) manifest.#take(written);
    } catch {
      // Without one, both sides are compared as they are.
    }
    return manifest;
  }

  #take({ directories, names, stamps, spans }: Written): void {
    let at = 0;
    const next = (): number => stamps[at++] ?? Number.NaN;
    const nextStamp = (): Known['home'] => [next(), next(), next(), next()];
    for (const [index, directory] of directories.entries()) {
      const known = new Map<string, Known>();
      for (const name of names[index] ?? []) {
        known.set(name, { home: nextStamp(), staged: nextStamp() });
      }
      this.#directories.set(directory, known);
    }
    this.spans.push(...spans);
  }
}

/**
 * Says in a staging directory what is about to be made there, until a manifest is written. What a run
 * that was killed had said there still holds.
 */
export function markUnfinished(staged: string, paths: readonly string[]): void {
  mkdirSync(`${staged}/${oursStaged}`, { recursive: true, mode: 0o700 });
  const all = new Set([...readMark(staged), ...paths]);
  writeFileSync(`${markIn(staged)}.new`, JSON.stringify([...all]), { mode: 0o600 });
  renameSync(`${markIn(staged)}.new`, markIn(staged));
}

/** Says that nothing has been staged there yet, until a manifest is written. */
export function markFirst(staged: string): void {
  mkdirSync(`${staged}/${oursStaged}`, { recursive: true, mode: 0o700 });
  if (!existsSync(fileIn(staged))) writeFileSync(firstIn(staged), '', { mode: 0o600 });
}

function readMark(staged: string): ReadonlySet<string> {
  try {
    const paths: unknown = JSON.parse(readFileSync(markIn(staged), 'utf8'));
    return new Set(Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : []);
  } catch {
    return new Set();
  }
}

/** About how many bytes an entry takes there. */
export const bytesPerEntry = 100;

const version = 1;

type Written = {
  readonly version: typeof version;
  readonly directories: readonly string[];
  /** Of each directory. */
  readonly names: readonly (readonly string[])[];
  /** Eight numbers for each name. */
  readonly stamps: Float64Array;
  readonly spans: readonly Span[];
};

function isWritten(value: unknown): value is Written {
  return (
    typeof value === 'object' && value !== null && 'version' in value && value.version === version
  );
}

function markIn(staged: string): string {
  return `${staged}/${oursStaged}/unfinished`;
}

function firstIn(staged: string): string {
  return `${staged}/${oursStaged}/first`;
}

function fileIn(staged: string): string {
  return `${staged}/${oursStaged}/manifest`;
}
