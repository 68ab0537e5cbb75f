import { bind, evaluateAll, listForms, requireName, type Scope } from '../definitions/evaluate.ts';
import { type Datum, headOf, type List, shorten } from '../scheme/datum.ts';
import { listNames, refuse, refuseDatum, requireCount, requireSymbol } from '../scheme/refuse.ts';
import { openBuildScope, type Tables } from './forms.ts';
import type { Phase, Step } from './step.ts';

type Change = (list: List, phases: readonly Phase[], tables: Tables) => readonly Phase[];

/** What becomes of phases by what `modify-phases` says. */
export const changes: Readonly<Record<string, Change>> = {
  delete(list, phases) {
    const [name = list] = requireCount(list, "(delete 'PHASE)");
    return phases.toSpliced(findPhase(name, phases), 1);
  },
  replace(list, phases, tables) {
    const [name = list, procedure = list] = requireCount(list, "(replace 'PHASE PROCEDURE)");
    const index = findPhase(name, phases);
    return phases.with(index, { name: readName(name), steps: readProcedure(procedure, tables) });
  },
  'add-before'(list, phases, tables) {
    const { index, phase } = readAddition(list, phases, tables);
    return phases.toSpliced(index, 0, phase);
  },
  'add-after'(list, phases, tables) {
    const { index, phase } = readAddition(list, phases, tables);
    return phases.toSpliced(index + 1, 0, phase);
  },
};

/** `(modify-phases %standard-phases (delete 'check) …)`, or `%standard-phases` alone. */
export function modifyPhases(
  datum: Datum,
  standard: readonly Phase[],
  tables: Tables,
): readonly Phase[] {
  if (isStandard(datum)) return standard;
  const [, base, ...clauses] = datum.is === 'list' ? datum.items : [];
  if (headOf(datum) !== 'modify-phases' || base === undefined || !isStandard(base)) {
    return refuseDatum(datum, '%standard-phases, (modify-phases %standard-phases CHANGE…)');
  }
  let phases = standard;
  for (const clause of clauses) {
    const head = headOf(clause);
    const change = head !== undefined && Object.hasOwn(changes, head) ? changes[head] : undefined;
    if (clause.is !== 'list' || change === undefined) {
      return refuseDatum(clause, listForms(Object.keys(changes)));
    }
    phases = change(clause, phases, tables);
  }
  return phases;
}

function isStandard(datum: Datum): boolean {
  return datum.is === 'symbol' && datum.name === '%standard-phases';
}

/** Of a phase that is added, where the other one is that it names. */
function readAddition(
  list: List,
  phases: readonly Phase[],
  tables: Tables,
): { readonly index: number; readonly phase: Phase } {
  const form = `(${headOf(list)} 'PHASE 'NEW PROCEDURE)`;
  const [there = list, added = list, procedure = list] = requireCount(list, form);
  const phase = { name: readName(added), steps: readProcedure(procedure, tables) };
  return { index: findPhase(there, phases), phase };
}

function findPhase(datum: Datum, phases: readonly Phase[]): number {
  const name = readName(datum);
  const index = phases.findIndex((phase) => phase.name === name);
  if (index !== -1) return index;
  const allowed = `one of these: ${listNames(phases.map((phase) => `'${phase.name}`))}`;
  return refuse(datum.at, { found: `the phase ${shorten(name)}`, allowed });
}

function readName(datum: Datum): string {
  const allowed = "the name of a phase: 'build";
  if (datum.is !== 'list' || headOf(datum) !== 'quote') return refuseDatum(datum, allowed);
  const [name = datum] = requireCount(datum, '(quote PHASE)');
  return requireSymbol(name, allowed);
}

const procedureForms =
  '(lambda _ BODY…), (lambda* (#:key inputs outputs #:allow-other-keys) BODY…)';

/** What a procedure does when it is called as a phase is. */
function readProcedure(datum: Datum, tables: Tables): readonly Step[] {
  const head = headOf(datum);
  if (datum.is !== 'list' || (head !== 'lambda' && head !== 'lambda*')) {
    return refuseDatum(datum, procedureForms);
  }
  const [, parameters = datum, ...bodies] = datum.items;
  if (parameters.is !== 'symbol' && head === 'lambda') {
    return refuseDatum(parameters, procedureForms);
  }
  const { keys, rest } = readParameters(parameters);
  const steps: Step[] = [];
  const known = Object.entries(tables).filter(([name]) => name.startsWith('%') || keys.has(name));
  const outside = openBuildScope(Object.fromEntries(known), (step) => steps.push(step));
  if (rest !== undefined) requireName(rest, outside, procedureForms);
  const source = keys.has('source') ? tables['inputs']?.get('source') : undefined;
  const scope = source === undefined ? outside : bindSource(outside, source);
  if (evaluateAll(bodies, scope) === undefined) refuseDatum(datum, procedureForms);
  return steps;
}

function bindSource(scope: Scope, value: string): Scope {
  return bind(scope, new Map([['source', (at) => ({ is: 'string', value, at })]]));
}

const knownKeys = ['inputs', 'native-inputs', 'outputs', 'source'];

/** `_`, or `(#:key NAME… #:allow-other-keys)` with or without `#:rest NAME`: a phase is told much. */
function readParameters(datum: Datum): {
  readonly keys: ReadonlySet<string>;
  readonly rest: Datum | undefined;
} {
  if (datum.is === 'symbol') return { keys: new Set(), rest: datum };
  const items = datum.is === 'list' ? datum.items : [];
  const end = items.findIndex((item) => isKeyword(item, 'allow-other-keys'));
  const [key, ...names] = items.slice(0, Math.max(end, 0));
  const [keyword, rest, ...more] = items.slice(end + 1);
  const isWhole = keyword === undefined || (isKeyword(keyword, 'rest') && rest !== undefined);
  if (!isKeyword(key, 'key') || !isWhole || more.length > 0) {
    return refuseDatum(datum, procedureForms);
  }
  const keys = new Set<string>();
  for (const name of names) {
    if (name.is !== 'symbol' || !knownKeys.includes(name.name)) {
      return refuseDatum(name, `${knownKeys.join(' ')} #:allow-other-keys`);
    }
    if (keys.has(name.name)) {
      return refuse(name.at, { found: `a second ${name.name}`, allowed: 'each name once' });
    }
    keys.add(name.name);
  }
  return { keys, rest };
}

function isKeyword(datum: Datum | undefined, name: string): boolean {
  return datum?.is === 'keyword' && datum.name === name;
}
