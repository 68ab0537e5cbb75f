import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { renderSystemError } from '../../errors/system.ts';
import type { Report } from '../../events/event.ts';
import type { PlannedBuild, PlannedSource } from '../plan.ts';
import { storeSource } from '../sources.ts';
import { toPhysical } from '../stores.ts';
import { nameUnfinished, nameWorkshop } from './leftovers.ts';
import { normalizeTop } from './normalize.ts';
import { findPlace } from './paths.ts';
import type { Room } from './room.ts';
import { removeTree } from './trees.ts';

/** Where a package is built; nothing of it is left in the end but what is kept. */
export class Workshop implements Disposable {
  readonly #directory: string;
  readonly #failed: string;
  readonly #build: PlannedBuild;
  readonly #report: Report;
  #room: Room | undefined;

  constructor(build: PlannedBuild, report: Report) {
    const { store, derivation } = build;
    this.#build = build;
    this.#report = report;
    this.#directory = nameWorkshop(store);
    this.#failed = `${store.directory}/failed/${basename(derivation.output)}`;
    removeTree(this.#failed);
    // It is there when an earlier one could not be removed.
    removeTree(this.#directory);
    mkdirSync(this.#directory, { mode: ours });
  }

  /** Sees to it that sources are in the store; they were found in these files. */
  async storeSources(
    sources: ReadonlyMap<PlannedSource, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const copy = `${this.#directory}/source`;
    for (const [source, file] of sources) {
      await storeSource(source, { of: this.#build.name, file, copy, signal });
    }
  }

  /** Where the next room is to be made. */
  clear(): string {
    const place = `${this.#directory}/room`;
    removeTree(place);
    mkdirSync(place);
    return place;
  }

  open(room: Room): void {
    const { store, derivation } = this.#build;
    if (room.isolation === undefined && this.#room === undefined) {
      // What will be made there is to be known for unfinished, also when we are killed.
      symlinkSync(basename(derivation.output), nameUnfinished(store));
    }
    this.#room = room;
  }

  /** Where the build leaves what it makes. */
  get output(): string {
    return this.#locate(this.#build.derivation.output);
  }

  /** Where something of the build's own really is: a build can put links in its place, and on the way. */
  #locate(path: string): string {
    if (this.#room === undefined) throw new Error('there is no room yet');
    const { real, isWritable } = findPlace(this.#room.view, path, { follow: false });
    if (!isWritable) throw new Error(`${path} leads away from the build`);
    return real;
  }

  get first(): string {
    return `${this.#directory}/round-1`;
  }

  /** Puts what was made aside, for the next round to be compared with. */
  keepAsFirst(): void {
    removeTree(this.first);
    renameSync(this.output, this.first);
  }

  /** Keeps the first and another round, and returns where each is. */
  keepRounds(round: number): readonly [first: string, other: string] {
    return [this.#keep(this.first, 'round-1'), this.#keep(this.output, `round-${round}`)];
  }

  /** Keeps what was made, and returns where. */
  keepOutput(): string {
    return this.#keep(this.output, 'output');
  }

  /** Keeps what there is of a build that has failed, and tells where. */
  keepAll(): void {
    try {
      const { output } = this;
      if (isThere(output)) this.#keep(output, 'output');
      const top = this.#locate(this.#room?.top ?? '');
      if (isThere(top)) this.#keep(top, 'build');
      this.#report({ event: 'build-kept', directory: this.#failed });
    } catch (error) {
      // That the build has failed counts more.
      this.#report({ event: 'build-not-kept', reason: renderSystemError(error) });
    }
  }

  #keep(path: string, name: string): string {
    const kept = `${this.#failed}/${name}`;
    mkdirSync(this.#failed, { recursive: true, mode: ours });
    // Who isn't root can't move a directory that is read-only.
    if (lstatSync(path).isDirectory()) chmodSync(path, 0o755);
    renameSync(path, kept);
    return kept;
  }

  /** Gives what was made its place in the store. */
  finish(place: string): void {
    renameSync(this.output, place);
    normalizeTop(place);
    rmSync(nameUnfinished(this.#build.store), { force: true });
    this.#room = undefined;
  }

  [Symbol.dispose](): void {
    try {
      // A build that isn't isolated makes its output where it is to be in the end.
      const { store, derivation } = this.#build;
      if (this.#room !== undefined) removeTree(toPhysical(store, derivation.output));
      removeTree(this.#directory);
    } catch (error) {
      // The next run tries it again. What came of this build counts more.
      const reason = renderSystemError(error);
      this.#report({ event: 'workshop-left', directory: this.#directory, reason });
    }
  }
}

/** What root's builds make, set-user-id programs among it, is nobody else's. */
const ours = 0o700;

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
