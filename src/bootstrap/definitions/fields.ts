import type { Datum, List } from '../scheme/datum.ts';
import { refuse, refuseDatum } from '../scheme/refuse.ts';
import { bind, delay, evaluate, listForms, type Scope } from './evaluate.ts';
import { requireText } from './value.ts';

/** Reads the field of a record by a reader of its own; `undefined`: it isn't there. */
export type ReadField<Name> = <Value>(
  name: Name,
  read: (datum: Datum, scope: Scope) => Value,
) => Value | undefined;

/** The fields of a record, `(package (NAME EXPRESSION)…)`. As in Guix, each knows those before it. */
export function readFields<Name extends string>(
  { items }: List,
  scope: Scope,
  names: readonly Name[],
): ReadField<Name> {
  const allowed = listForms(names);
  const fields = new Map<string, { readonly datum: Datum; readonly scope: Scope }>();
  let inside = scope;
  for (const field of items.slice(1)) {
    const [key, datum, more] = field.is === 'list' ? field.items : [];
    const name = names.find((known) => key?.is === 'symbol' && key.name === known);
    if (name === undefined || datum === undefined || more !== undefined) {
      return refuseDatum(field, allowed);
    }
    if (fields.has(name)) {
      return refuse(field.at, { found: `a second (${name} …)`, allowed: 'each field once' });
    }
    fields.set(name, { datum, scope: inside });
    inside = bind(inside, new Map([[name, delay(name, datum, inside)]]));
  }
  return (name, read) => {
    const field = fields.get(name);
    return field === undefined ? undefined : read(field.datum, field.scope);
  };
}

/** The reader of a field that is a text. */
export function readText(datum: Datum, scope: Scope): string {
  return requireText(evaluate(datum, scope), 'a text');
}
