import { EntryPointError } from '../../errors/failure.ts';
import {
  type Datum,
  describeDatum,
  locate,
  escapeControls,
  type Position,
  shorten,
} from './datum.ts';

/** Refuses what stands at a place: what was found there, and what is allowed, as clauses. */
export function refuse(
  at: Position,
  { found, allowed }: { readonly found: string; readonly allowed: string },
): never {
  const told = { found: escapeControls(found), allowed: escapeControls(allowed) };
  throw new EntryPointError({ kind: 'definition-refused', ...locate(at), ...told });
}

/** Refuses a datum for what it is. */
export function refuseDatum(datum: Datum, allowed: string): never {
  return refuse(datum.at, { found: describeDatum(datum), allowed });
}

/** The symbol's name, or a refusal. */
export function requireSymbol(datum: Datum, allowed: string): string {
  return datum.is === 'symbol' ? datum.name : refuseDatum(datum, allowed);
}

/** The text, or a refusal. */
export function requireString(datum: Datum, allowed: string): string {
  return datum.is === 'string' ? datum.value : refuseDatum(datum, allowed);
}

/** Names in a line, of many the last. */
export function listNames(names: readonly string[]): string {
  const last = names.slice(-mostNames).map(shorten).join(' ');
  return names.length > mostNames ? `… ${last}` : last;
}

const mostNames = 20;

/** As many data behind the head of a list as `form` has, as in `(copy-file FROM TO)`, or a refusal. */
export function requireCount(
  { items, at }: Datum & { readonly is: 'list' },
  form: string,
): readonly Datum[] {
  const wanted = form.split(' ').length - 1;
  if (items.length === wanted + 1) return items.slice(1);
  const found = `${count(items.length - 1)} behind '${form.slice(1).split(/[ )]/, 1)[0]}'`;
  return refuse(at, { found, allowed: form });
}

function count(number: number): string {
  return number === 1 ? '1 expression' : `${number} expressions`;
}
