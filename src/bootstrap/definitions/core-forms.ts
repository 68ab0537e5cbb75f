import { decodeNixBase32 } from '../../store/base32.ts';
import { type Datum, headOf, type List, shorten } from '../scheme/datum.ts';
import { countYield } from '../scheme/limits.ts';
import { refuse, refuseDatum, requireCount } from '../scheme/refuse.ts';
import { bind, evaluate, evaluateAll, type Form, requireName, type Scope } from './evaluate.ts';
import { refuseValue, requireList, requireText, type Value } from './value.ts';

/** What can be evaluated everywhere. */
export const coreForms: Readonly<Record<string, Form>> = {
  quote: (list) => requireCount(list, '(quote DATUM)')[0] ?? list,
  list: ({ items, at }, scope) => ({
    is: 'list',
    items: items.slice(1).map((item) => evaluate(item, scope)),
    at,
  }),
  'string-append': ({ items, at }, scope) => {
    const texts = items.slice(1).map((item) => requireText(evaluate(item, scope), 'a text'));
    for (const { length } of texts) countYield(at, length);
    return { is: 'string', value: texts.join(''), at };
  },
  let: (list, scope) => evaluateLet(list, scope, 'let'),
  'let*': (list, scope) => evaluateLet(list, scope, 'let*'),
  quasiquote: (list, scope) =>
    fillIn(requireCount(list, '(quasiquote DATUM)')[0] ?? list, { scope, depth: 1 }),
};

/** What can be evaluated where there is no build yet, less what there is to be built. */
export const definingForms: Readonly<Record<string, Form>> = {
  ...coreForms,
  base32: (list, scope) => {
    const [text = list] = requireCount(list, '(base32 TEXT)');
    return toHash(evaluate(text, scope));
  },
};

/** The hash that a text in Nix's base32 is, or a refusal. */
export function toHash(value: Value): Value & { readonly is: 'hash' } {
  if (value.is === 'hash') return value;
  const allowed = 'a SHA-256 in base32: 52 digits, as guix hash prints them';
  const bytes = decodeNixBase32(requireText(value, allowed), sha256Length);
  if (bytes === undefined) return refuseValue(value, allowed);
  return { is: 'hash', value: bytes, at: value.at };
}

const sha256Length = 32;

/** `(let ((NAME VALUE) …) BODY…)`. */
function evaluateLet(list: List, scope: Scope, which: 'let' | 'let*'): Value {
  const form = `(${which} ((NAME VALUE)…) BODY…)`;
  const [, bindings = list, ...bodies] = list.items;
  if (bindings.is !== 'list') return refuseDatum(bindings, form);
  const values = new Map<string, () => Value>();
  const inside = bind(scope, values);
  for (const binding of bindings.items) {
    const [variable, datum] = readBinding(binding, form);
    const name = requireName(variable, scope, form);
    if (which === 'let' && values.has(name)) {
      refuse(variable.at, {
        found: `a second ${shorten(name)}`,
        allowed: 'each name once, or let*',
      });
    }
    const value = evaluate(datum, which === 'let' ? scope : inside);
    values.set(name, () => value);
  }
  return evaluateAll(bodies, inside) ?? refuseDatum(list, form);
}

/** `(NAME VALUE)` inside of a `let`. */
function readBinding(binding: Datum, form: string): readonly [name: Datum, value: Datum] {
  const [name, value, more] = binding.is === 'list' ? binding.items : [];
  if (name === undefined || value === undefined || more !== undefined) {
    return refuseDatum(binding, form);
  }
  return [name, value];
}

/** How many quasiquotes stand around something, less the unquotes. */
type Inside = { readonly scope: Scope; readonly depth: number };

/** What a quasiquote stands for. One in it is code, as a build has it, but for what is unquoted twice. */
function fillIn(datum: Datum, { scope, depth }: Inside): Value {
  if (datum.is !== 'list') return datum;
  const head = headOf(datum);
  const inside = { scope, depth: depth + changeOfDepth(head) };
  if (inside.depth === 0) {
    if (head === 'unquote') {
      return evaluate(requireCount(datum, '(unquote EXPRESSION)')[0] ?? datum, scope);
    }
    return refuse(datum.at, { found: ',@ outside of a list', allowed: ',' });
  }
  // (a unquote b) is (a . ,b), which is no list.
  const sign = datum.items.slice(1).find((item) => item.is === 'symbol' && isSign(item.name));
  if (sign !== undefined) refuseDatum(sign, 'a list without a dotted pair');
  return { ...datum, items: datum.items.flatMap((item) => fillInItem(item, inside)) };
}

function isSign(name: string): boolean {
  return changeOfDepth(name) !== 0;
}

function changeOfDepth(head: string | undefined): number {
  if (head === 'quasiquote') return 1;
  return head === 'unquote' || head === 'unquote-splicing' ? -1 : 0;
}

function fillInItem(item: Datum, inside: Inside): readonly Value[] {
  const isSpliced = inside.depth === 1 && headOf(item) === 'unquote-splicing';
  if (!isSpliced || item.is !== 'list') return [fillIn(item, inside)];
  const [spliced = item] = requireCount(item, '(unquote-splicing LIST)');
  const items = requireList(evaluate(spliced, inside.scope), 'a list');
  countYield(item.at, items.length);
  return items;
}
