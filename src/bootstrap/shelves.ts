import { lstatSync, mkdirSync } from 'node:fs';
import { DirectoryLock } from '../cache/locks.ts';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { type Entry, Manifest } from './manifest.ts';
import type { PlannedBuild } from './plan.ts';
import { type Store, toPhysical } from './stores.ts';

/** The stores of a bootstrap with what is finished in them. */
export class Shelves implements Disposable {
  readonly #manifests: ReadonlyMap<string, { readonly store: Store; readonly manifest: Manifest }>;
  readonly #locks: readonly DirectoryLock[];

  private constructor(stores: readonly Store[], locks: readonly DirectoryLock[]) {
    this.#manifests = new Map(
      stores.map((store) => [store.logical, { store, manifest: Manifest.read(store) }]),
    );
    this.#locks = locks;
  }

  /** Those of some builds; nobody else builds in them until they are closed, unless it is only to look. */
  static open(builds: readonly PlannedBuild[], { toLook }: { readonly toLook: boolean }): Shelves {
    const stores = [...new Map(builds.map(({ store }) => [store.directory, store])).values()];
    return new Shelves(stores, toLook ? [] : stores.map(lock));
  }

  /** What is known of an output that is finished. */
  find(output: string): Entry | undefined {
    const { store, manifest } = this.#of(output);
    const entry = manifest.find(output);
    const isThere = lstatSync(toPhysical(store, output), { throwIfNoEntry: false }) !== undefined;
    return isThere ? entry : undefined;
  }

  add(entry: Entry): void {
    this.#of(entry.output).manifest.set(entry);
  }

  /** Where an output or a source is. */
  locate(output: string): string {
    return toPhysical(this.#of(output).store, output);
  }

  #of(output: string): { readonly store: Store; readonly manifest: Manifest } {
    const found = this.#manifests.get(output.slice(0, output.lastIndexOf('/')));
    if (found === undefined) throw new Error(`no store has ${output}`);
    return found;
  }

  [Symbol.dispose](): void {
    for (const held of this.#locks) held[Symbol.dispose]();
  }
}

function lock({ directory }: Store): DirectoryLock {
  let reason = 'another bootstrap is at work there';
  try {
    mkdirSync(directory, { recursive: true });
    const held = DirectoryLock.open(directory);
    if (held.tryTake('alone')) return held;
  } catch (cause) {
    reason = renderSystemError(cause);
  }
  throw new EntryPointError({ kind: 'store-unusable', directory, reason });
}
