import { isProgram, leadsIntoStore } from './stores.ts';

/** A variable's value, taken apart. */
export type Parted = {
  /** Those of its entries from which code of a store would be loaded; there is one at least. */
  readonly entries: readonly string[];
  /** The value without them; empty where nothing is left. */
  readonly rest: string;
};

/**
 * Looks for entries in a store: the whole value, one between `:` or `;`, one of several paths with
 * blanks between them (`LD_PRELOAD`), or an option (`-L/gnu/store/…`). Prose that names a store item
 * is none of these, nor is text of several lines.
 */
export function partValue(value: string): Parted | undefined {
  if (!value.includes('/') || value.includes('\n')) return undefined;
  const isOptions = value.startsWith('-');
  const entries = isOptions ? readOptions(value) : readList(value);
  const isForeign = isOptions ? isForeignOption : isForeignPath;
  const foreign = entries.filter(({ text }) => isForeign(text));
  if (foreign.length === 0) return undefined;
  const kept = entries.filter((entry) => !foreign.includes(entry));
  const isEmpty = kept.every(({ text }) => text === '');
  return { entries: foreign.map(({ text }) => text), rest: isEmpty ? '' : join(kept) };
}

type Entry = { readonly text: string; readonly separator: string };

function readList(value: string): readonly Entry[] {
  const isPaths = value.split(/\s+/).every((word) => word.startsWith('/'));
  return split(value, isPaths ? /([:;]|\s+)/ : /([:;])/);
}

/** An option and the words that follow it are one entry: `--require /gnu/store/…`. */
function readOptions(value: string): readonly Entry[] {
  return split(value, /(\s+(?=-))/);
}

/** What a separator stands between; each entry has the one before it. */
function split(value: string, separator: RegExp): readonly Entry[] {
  const parts = value.split(separator);
  return parts.flatMap((text, index) =>
    index % 2 === 0 ? [{ text, separator: parts[index - 1] ?? '' }] : [],
  );
}

function join(entries: readonly Entry[]): string {
  return entries
    .map(({ text, separator }, index) => (index === 0 ? text : separator + text))
    .join('');
}

/** Behind a program there may be its arguments (`EDITOR`); a derivation is nothing to be loaded. */
function isForeignPath(entry: string): boolean {
  if (!entry.startsWith('/') || entry.endsWith('.drv') || !leadsIntoStore(entry)) return false;
  return !isProgram(entry.split(' ', 1)[0] ?? '');
}

/** `-L/gnu/store/…`, `-Wl,-rpath=/gnu/store/…`, `-isystem /gnu/store/…`. */
function isForeignOption(option: string): boolean {
  return option
    .split(/[\s:;,=]+/)
    .map((piece) => piece.slice(piece.indexOf('/')))
    .some((path) => path.startsWith('/') && leadsIntoStore(path));
}
