import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { EntryPointError } from '../errors/failure.ts';
import { errorCode, renderSystemError } from '../errors/system.ts';
import type { Isolation } from './build/isolation.ts';
import { renderTable } from './table.ts';
import type { Store } from './stores.ts';

/** What is known of a finished output. Without an entry in its manifest an output is none. */
export type Entry = {
  readonly package: string;
  readonly version: string;
  /** As builds know it. */
  readonly output: string;
  readonly derivation: string;
  /** In Nix's base32. */
  readonly narHash: string;
  /** The definition wants just that one. */
  readonly isChecked: boolean;
  readonly references: readonly string[];
  /** The programs of the machine that its build could use. */
  readonly hostTools: readonly string[];
  /** How its build was kept apart from the machine. */
  readonly isolation: Isolation['by'] | 'none';
  readonly sources: readonly { readonly file: string; readonly sha256: string }[];
};

const version = 1;

/** The finished outputs of a store, in the order in which they were built. */
export class Manifest {
  readonly #store: Store;
  readonly #entries: Map<string, Entry>;

  private constructor(store: Store, entries: readonly Entry[]) {
    this.#store = store;
    this.#entries = new Map(entries.map((entry) => [entry.output, entry]));
  }

  static read(store: Store): Manifest {
    const file = `${store.directory}/manifest.json`;
    try {
      const { version: its, outputs } = toFields(parse(readFileSync(file, 'utf8')));
      if (its === version && isListOf(outputs, isEntry)) return new Manifest(store, outputs);
      throw new Error(`it is not a manifest of version ${version}`);
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return new Manifest(store, []);
      const failure = { file, directory: store.directory, reason: renderSystemError(cause) };
      throw new EntryPointError({ kind: 'manifest-unusable', ...failure }, { cause });
    }
  }

  find(output: string): Entry | undefined {
    return this.#entries.get(output);
  }

  /** Writes it anew, as JSON and as a table. */
  set(entry: Entry): void {
    this.#entries.set(entry.output, entry);
    const outputs = [...this.#entries.values()];
    this.#write('manifest.txt', `${renderTable(outputs, { heading: true }).join('\n')}\n`);
    this.#write('manifest.json', `${JSON.stringify({ version, outputs }, undefined, 2)}\n`);
  }

  #write(name: string, text: string): void {
    const file = `${this.#store.directory}/${name}`;
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
}

/** What Node says of a text has pieces of it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('it is not JSON', { cause });
  }
}

const checks: { readonly [Field in keyof Entry]: (value: unknown) => boolean } = {
  ...{ package: isText, version: isText, output: isText, derivation: isText, narHash: isText },
  isChecked: (value) => typeof value === 'boolean',
  references: (value) => isListOf(value, isText),
  hostTools: (value) => isListOf(value, isText),
  isolation: (value) => isolations.has(value),
  sources: (value) => isListOf(value, isSource),
};

const isolations: ReadonlySet<unknown> = new Set<Entry['isolation']>([
  ...(['name spaces', 'chroot', 'none'] as const),
]);

function isEntry(value: unknown): value is Entry {
  const fields = toFields(value);
  return Object.entries(checks).every(([name, isRight]) => isRight(fields[name]));
}

function isSource(value: unknown): value is Entry['sources'][number] {
  const { file, sha256 } = toFields(value);
  return isText(file) && isText(sha256);
}

function toFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' ? { ...value } : {};
}

function isListOf<Item>(
  value: unknown,
  isItem: (item: unknown) => item is Item,
): value is readonly Item[] {
  return Array.isArray(value) && value.every(isItem);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
