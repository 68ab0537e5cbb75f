import { type Datum, describeDatum, type Position, writeDatum } from '../scheme/datum.ts';
import { countYield, deepestList } from '../scheme/limits.ts';
import { refuse } from '../scheme/refuse.ts';
import type { Origin, Package } from './package.ts';

/** What an expression of a definition file comes to, and where it stands. */
export type Value = Exclude<Datum, { is: 'list' }> | ListValue | Thing;

type ListValue = {
  readonly is: 'list';
  readonly items: readonly Value[];
  readonly at: Position;
};

/** What no datum is. */
type Thing =
  | { readonly is: 'package'; readonly value: Package; readonly at: Position }
  | { readonly is: 'origin'; readonly value: Origin; readonly at: Position }
  | { readonly is: 'hash'; readonly value: Buffer; readonly at: Position };

/** Refuses a value for what it is. */
export function refuseValue(value: Value, allowed: string): never {
  return refuse(value.at, { found: describeValue(value), allowed });
}

function describeValue(value: Value): string {
  if (value.is === 'package') return `the package ${value.value.name}`;
  if (value.is === 'origin') return `the origin of ${value.value.fileName}`;
  if (value.is === 'hash') return 'a hash';
  if (value.is !== 'list') return describeDatum(value);
  return value.items.length === 0 ? 'an empty list' : 'a list';
}

/** The items of a list, or a refusal. */
export function requireList(value: Value, allowed: string): readonly Value[] {
  return value.is === 'list' ? value.items : refuseValue(value, allowed);
}

/** The text, or a refusal. */
export function requireText(value: Value, allowed: string): string {
  return value.is === 'string' ? value.value : refuseValue(value, allowed);
}

/** A value that is a datum as well: code, for one. A list inside a list can stand there many times. */
export function requireDatum(value: Value): Datum {
  function toDatum(inner: Value, depth: number): Datum {
    if (depth > deepestList) {
      const found = `a list inside ${deepestList} others`;
      return refuse(value.at, { found, allowed: `${deepestList} at most` });
    }
    if (inner.is === 'package' || inner.is === 'origin' || inner.is === 'hash') {
      return refuseValue(inner, codeOnly);
    }
    const written = inner.is === 'list' ? '()' : writeDatum(inner);
    countYield(value.at, written.length);
    if (inner.is !== 'list') return inner;
    return { ...inner, items: inner.items.map((item) => toDatum(item, depth + 1)) };
  }
  return toDatum(value, 0);
}

const codeOnly =
  'texts, numbers and lists of these; where an input is, says (assoc-ref %build-inputs "LABEL")';
