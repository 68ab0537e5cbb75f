import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { renderSystemError } from '../../errors/system.ts';
import type { Report } from '../../events/event.ts';
import type { PlannedBuild } from '../plan.ts';
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
    mkdirSync(this.#directory);
  }

  /** Where a file can be made that is to be moved into the store. */
  get file(): string {
    return `${this.#directory}/file`;
  }

  /** Where the next room is to be made. */
  clear(): string {
    const place = `${this.#directory}/room`;
    removeTree(place);
    mkdirSync(place);
    return place;
  }

  open(room: Room): void {
    if (room.isolation === undefined && this.#room === undefined) {
      // What will be made there is to be known for unfinished, also when we are killed.
      const { store, derivation } = this.#build;
      symlinkSync(resolve(toPhysical(store, derivation.output)), nameUnfinished(store));
    }
    this.#room = room;
  }

  /** Where the build leaves what it makes. */
  get output(): string {
    const { output } = this.#build.derivation;
    return this.#room === undefined
      ? output
      : findPlace(this.#room.view, output, { follow: false }).real;
  }

  get first(): string {
    return `${this.#directory}/round-1`;
  }

  /** Puts what was made aside, for the next round to be compared with. */
  keepAsFirst(): void {
    removeTree(this.first);
    renameSync(this.output, this.first);
  }

  /** Keeps both, and returns where. */
  keepRounds(): string {
    this.#keep(this.first, 'round-1');
    this.#keep(this.output, 'round-2');
    return this.#failed;
  }

  /** Keeps what was made, and returns where. */
  keepOutput(): string {
    return this.#keep(this.output, 'output');
  }

  /** Keeps what there is of a build that has failed, and returns where. */
  keepAll(): string {
    const { output } = this;
    if (isThere(output)) this.#keep(output, 'output');
    const top = this.#room && findPlace(this.#room.view, this.#room.top).real;
    if (top !== undefined && isThere(top)) this.#keep(top, 'build');
    return this.#failed;
  }

  #keep(path: string, name: string): string {
    const kept = `${this.#failed}/${name}`;
    mkdirSync(this.#failed, { recursive: true });
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
      if (this.#room !== undefined) removeTree(this.output);
      removeTree(this.#directory);
    } catch (error) {
      // The next run tries it again. What came of this build counts more.
      const reason = renderSystemError(error);
      this.#report({ event: 'workshop-left', directory: this.#directory, reason });
    }
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
