import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename } from 'node:path';
import type { PlannedBuild } from '../plan.ts';
import { normalizeTop, removeTree } from './normalize.ts';
import { findPlace } from './paths.ts';
import type { Room } from './room.ts';

/** Where a package is built; nothing of it is left in the end but what is kept. */
export class Workshop implements Disposable {
  readonly #directory: string;
  readonly #failed: string;
  readonly #build: PlannedBuild;
  #room: Room | undefined;

  constructor(build: PlannedBuild) {
    const { store, derivation } = build;
    this.#build = build;
    this.#directory = `${store.directory}/.build`;
    this.#failed = `${store.directory}/failed/${basename(derivation.output)}`;
    removeTree(this.#directory);
    removeTree(this.#failed);
    mkdirSync(this.#directory);
  }

  /** Where the next room is to be made. */
  clear(): string {
    const place = `${this.#directory}/room`;
    removeTree(place);
    mkdirSync(place);
    return place;
  }

  open(room: Room): void {
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
    if (existsSync(output)) this.#keep(output, 'output');
    const top = this.#room && findPlace(this.#room.view, this.#room.top).real;
    if (top !== undefined && existsSync(top)) this.#keep(top, 'build');
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
    this.#room = undefined;
  }

  [Symbol.dispose](): void {
    // A build that isn't isolated makes its output where it is to be in the end.
    if (this.#room !== undefined) removeTree(this.output);
    removeTree(this.#directory);
  }
}
