import { type Datum, describeDatum, headOf, type Position } from '../scheme/datum.ts';
import { refuse, requireCount } from '../scheme/refuse.ts';
import { toHash } from './core-forms.ts';
import { evaluate, type Scope } from './evaluate.ts';
import type { Package } from './package.ts';
import { refuseValue, requireDatum, requireList, type Value } from './value.ts';

/** `(list #:tests? #f …)` or `'(#:tests? #f …)`: keywords, each with code of the build behind it. */
export function readArguments(
  datum: Datum,
  scope: Scope,
): Pick<Package, 'arguments' | 'outputHash'> {
  const items = requireList(evaluate(datum, scope), 'a list of keywords and values');
  const given = new Map<string, { readonly value: Value; readonly at: Position }>();
  for (const [index, key] of items.entries()) {
    if (index % 2 === 1) continue;
    const value = items[index + 1];
    if (key.is !== 'keyword') return refuseValue(key, 'a keyword, as in #:tests? #f');
    if (value === undefined) return refuseValue(key, `${describeDatum(key)} and a value`);
    if (given.has(key.name)) {
      refuse(key.at, { found: `a second ${describeDatum(key)}`, allowed: 'each keyword once' });
    }
    given.set(key.name, { value, at: key.at });
  }
  const hash = given.get('output-hash');
  given.delete('output-hash');
  return {
    arguments: new Map(
      [...given].map(([name, { value, at }]) => [name, { code: requireDatum(value), at }]),
    ),
    outputHash: hash === undefined ? undefined : readOutputHash(hash.value, scope),
  };
}

/** In a quoted list, `(base32 "…")` has not been evaluated yet. */
function readOutputHash(value: Value, scope: Scope): Buffer | undefined {
  if (value.is === 'boolean' && !value.value) return undefined;
  if (value.is !== 'list') return toHash(value).value;
  const datum = requireDatum(value);
  if (datum.is !== 'list' || headOf(datum) !== 'base32') {
    return refuseValue(value, 'a text in base32, or #f');
  }
  const [text = datum] = requireCount(datum, '(base32 TEXT)');
  return toHash(evaluate(text, scope)).value;
}
