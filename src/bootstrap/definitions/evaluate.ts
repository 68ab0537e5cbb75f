import { type Datum, headOf, type List, type Position } from '../scheme/datum.ts';
import { refuse, refuseDatum } from '../scheme/refuse.ts';
import type { Value } from './value.ts';

/** What a list of an expression is worth, by what it begins with. */
export type Form = (list: List, scope: Scope) => Value;

/** What names stand for where an expression is. */
export type Scope = {
  /** The value; `undefined`: nobody has defined it. */
  readonly find: (name: string, at: Position) => Value | undefined;
  readonly names: () => readonly string[];
  /** The forms that can be evaluated, by their heads. */
  readonly forms: Readonly<Record<string, Form>>;
  /** How many expressions are being evaluated, each for the one before. */
  readonly nesting: { depth: number };
};

/** The scope of what stands inside, where more names are known; they may become more. */
export function bind(scope: Scope, values: ReadonlyMap<string, () => Value>): Scope {
  return {
    ...scope,
    find: (name, at) => values.get(name)?.() ?? scope.find(name, at),
    names: () => [...scope.names(), ...values.keys()],
  };
}

/** Definitions may need each other in a long row, which is longer than our own stack. */
export const deepestNesting = 500;

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
    return refuse(datum.at, { found: `the name ${datum.name}`, allowed });
  }
  if (datum.is !== 'list') return datum;
  const head = headOf(datum);
  const form =
    head !== undefined && Object.hasOwn(scope.forms, head) ? scope.forms[head] : undefined;
  return form?.(datum, scope) ?? refuseDatum(datum, listForms(Object.keys(scope.forms)));
}

/** Of many names, the last. */
function listNames(names: readonly string[]): string {
  const last = names.slice(-mostNames).join(' ');
  return names.length > mostNames ? `… ${last}` : last;
}

const mostNames = 20;

/** One after the other; what the last comes to, if there is one. */
export function evaluateAll(data: readonly Datum[], scope: Scope): Value | undefined {
  return data.map((datum) => evaluate(datum, scope)).at(-1);
}

/** What lists may begin with, in words. */
export function listForms(heads: readonly string[]): string {
  return heads.map((head) => `(${head} …)`).join(', ');
}
