import { type Datum, headOf, type List, type Position, shorten } from '../scheme/datum.ts';
import { deepestNesting } from '../scheme/limits.ts';
import { listNames, refuse, refuseDatum, requireSymbol } from '../scheme/refuse.ts';
import type { Value } from './value.ts';

/** What a list of an expression is worth, by what it begins with. */
export type Form = (list: List, scope: Scope) => Value;

/** A value that is found out when somebody first asks for it. */
export type Later = (at: Position) => Value;

/** What names stand for where an expression is. */
export type Scope = {
  /** The value; `undefined`: nobody has defined it. */
  readonly find: (name: string, at: Position) => Value | undefined;
  readonly names: () => readonly string[];
  /** The forms that can be evaluated, by their heads. */
  readonly forms: Readonly<Record<string, Form>>;
  /** Names that mean something here and are no values. */
  readonly reserved: readonly string[];
  /** How many expressions are being evaluated, each for the one before. */
  readonly nesting: { depth: number };
};

/** The scope of what stands in nothing else. */
export function openScope(forms: Scope['forms'], reserved: Scope['reserved']): Scope {
  return { find: () => undefined, names: () => [], forms, reserved, nesting: { depth: 0 } };
}

/** The scope of what stands inside, where more names are known; they may become more. */
export function bind(scope: Scope, values: ReadonlyMap<string, Later>): Scope {
  return {
    ...scope,
    find: (name, at) => values.get(name)?.(at) ?? scope.find(name, at),
    names: () => [...scope.names(), ...values.keys()],
  };
}

/** Evaluates an expression when its value is first needed. */
export function delay(name: string, datum: Datum, scope: Scope): Later {
  let value: Value | 'in work' | undefined;
  return (at) => {
    if (value === 'in work') {
      const found = `${shorten(name)}, which is needed for itself,`;
      return refuse(at, { found, allowed: 'what is defined without it' });
    }
    if (value === undefined) {
      value = 'in work';
      value = evaluate(datum, scope);
    }
    return value;
  };
}

/** A name that a value can have: in Guile, what means something already wouldn't mean that any more. */
export function requireName(datum: Datum, { forms, reserved }: Scope, allowed: string): string {
  const name = requireSymbol(datum, allowed);
  if (![...Object.keys(forms), ...reserved, ...signs].includes(name)) return name;
  const found = `${name}, which means something else here,`;
  return refuse(datum.at, { found, allowed: 'another name' });
}

/** What signs in a quasiquote are spelled out as. */
const signs = ['unquote', 'unquote-splicing'];

/** What an expression comes to; what it can't be is refused. */
export function evaluate(datum: Datum, scope: Scope): Value {
  const { nesting } = scope;
  if (nesting.depth === deepestNesting) {
    const found = `what ${deepestNesting} expressions wait for`;
    refuse(datum.at, { found, allowed: 'fewer, each inside of another or needed by it' });
  }
  nesting.depth += 1;
  const value = evaluateHere(datum, scope);
  nesting.depth -= 1;
  return value;
}

function evaluateHere(datum: Datum, scope: Scope): Value {
  if (datum.is === 'symbol') {
    const value = scope.find(datum.name, datum.at);
    if (value !== undefined) return { ...value, at: datum.at };
    const known = scope.names();
    const allowed =
      known.length === 0
        ? 'no name: none is defined'
        : `a name that is defined: ${listNames(known)}`;
    return refuse(datum.at, { found: `the name ${shorten(datum.name)}`, allowed });
  }
  if (datum.is !== 'list') return datum;
  const head = headOf(datum);
  const form =
    head !== undefined && Object.hasOwn(scope.forms, head) ? scope.forms[head] : undefined;
  return form?.(datum, scope) ?? refuseDatum(datum, listForms(Object.keys(scope.forms)));
}

/** One after the other; what the last comes to, if there is one. */
export function evaluateAll(data: readonly Datum[], scope: Scope): Value | undefined {
  return data.map((datum) => evaluate(datum, scope)).at(-1);
}

/** What lists may begin with, in words. */
export function listForms(heads: readonly string[]): string {
  return heads.map((head) => `(${head} …)`).join(', ');
}
