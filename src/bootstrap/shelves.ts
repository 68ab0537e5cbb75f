import { lstatSync } from 'node:fs';
import { DirectoryLock } from '../files/locks.ts';
import { EntryPointError } from '../errors/failure.ts';
import type { Report } from '../events/event.ts';
import { makeDirectory } from '../files/directory.ts';
import { removeLeftovers } from './build/leftovers.ts';
import { type Entry, Manifest } from './manifest.ts';
import type { PlannedBuild } from './plan.ts';
import { type Store, toPhysical, toUnusable } from './stores.ts';

type Shelf = { readonly store: Store; readonly manifest: Manifest };

/** The stores of a bootstrap with what is finished in them. */
export class Shelves implements Disposable {
  readonly #shelves: ReadonlyMap<string, Shelf>;
  readonly #locks: DisposableStack;

  private constructor(stores: readonly Store[], locks: DisposableStack) {
    this.#shelves = new Map(
      stores.map((store) => [store.logical, { store, manifest: Manifest.read(store) }]),
    );
    // What can go wrong has gone well.
    this.#locks = locks.move();
  }

  /** Those of some builds, only to look at. */
  static look(builds: readonly PlannedBuild[]): Shelves {
    return new Shelves(listStores(builds), new DisposableStack());
  }

  /** Those of some builds, in which nobody else builds until they are closed. */
  static async open(builds: readonly PlannedBuild[], report: Report): Promise<Shelves> {
    const stores = listStores(builds);
    using locks = new DisposableStack();
    for (const store of stores) {
      try {
        lock(store, locks);
        await removeLeftovers(store, report);
      } catch (cause) {
        if (cause instanceof EntryPointError) throw cause;
        throw new EntryPointError(toUnusable(store, cause), { cause });
      }
    }
    return new Shelves(stores, locks);
  }

  /** What is known of an output that is finished. */
  find(output: string): Entry | undefined {
    const shelf = this.#of(output);
    if (shelf === undefined) return undefined;
    const place = toPhysical(shelf.store, output);
    const isThere = lstatSync(place, { throwIfNoEntry: false }) !== undefined;
    return isThere ? shelf.manifest.find(output) : undefined;
  }

  add(entry: Entry): void {
    this.#get(entry.output).manifest.set(entry);
  }

  /** Where an output or a source is. */
  locate(output: string): string {
    return toPhysical(this.#get(output).store, output);
  }

  #get(output: string): Shelf {
    const found = this.#of(output);
    if (found === undefined) throw new Error(`none of these stores has ${output}`);
    return found;
  }

  #of(output: string): Shelf | undefined {
    return this.#shelves.get(output.slice(0, output.lastIndexOf('/')));
  }

  [Symbol.dispose](): void {
    this.#locks.dispose();
  }
}

function listStores(builds: readonly PlannedBuild[]): readonly Store[] {
  return [...new Map(builds.map(({ store }) => [store.directory, store])).values()];
}

function lock({ directory }: Store, locks: DisposableStack): void {
  makeDirectory(directory);
  const held = locks.use(DirectoryLock.open(directory));
  if (held.tryTake('alone')) return;
  throw new EntryPointError({ kind: 'store-in-use', directory });
}
