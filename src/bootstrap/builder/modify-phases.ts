import { bind, evaluateAll, listForms, type Scope } from '../definitions/evaluate.ts';
import { type Datum, headOf, type List } from '../scheme/datum.ts';
import { refuseDatum, requireCount, requireSymbol } from '../scheme/refuse.ts';
import { makeForms, openScope, type Tables } from './forms.ts';
import type { Phase, Step } from './step.ts';

/** What a change needs besides itself. */
type Ground = { readonly phases: readonly Phase[]; readonly tables: Tables };
type Change = (list: List, ground: Ground) => readonly Phase[];

const changes: Readonly<Record<string, Change>> = {
  delete: (list, { phases }) => {
    const [name = list] = requireCount(list, "(delete 'PHASE)");
    return phases.toSpliced(findPhase(name, phases), 1);
  },
  replace: (list, { phases, tables }) => {
    const [name = list, procedure = list] = requireCount(list, "(replace 'PHASE PROCEDURE)");
    const index = findPhase(name, phases);
    const { name: same = '' } = phases[index] ?? {};
    return phases.with(index, { name: same, steps: readProcedure(procedure, tables) });
  },
  'add-before': (list, ground) => addPhase(list, ground, 0),
  'add-after': (list, ground) => addPhase(list, ground, 1),
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
    phases = change(clause, { phases, tables });
  }
  return phases;
}

function isStandard(datum: Datum): boolean {
  return datum.is === 'symbol' && datum.name === '%standard-phases';
}

function addPhase(list: List, { phases, tables }: Ground, behind: 0 | 1): readonly Phase[] {
  const form = `(${headOf(list)} 'PHASE 'NEW PROCEDURE)`;
  const [there = list, added = list, procedure = list] = requireCount(list, form);
  const phase = { name: readName(added), steps: readProcedure(procedure, tables) };
  return phases.toSpliced(findPhase(there, phases) + behind, 0, phase);
}

function findPhase(datum: Datum, phases: readonly Phase[]): number {
  const name = readName(datum);
  const index = phases.findIndex((phase) => phase.name === name);
  if (index !== -1) return index;
  return refuseDatum(datum, `one of these: ${phases.map((phase) => `'${phase.name}`).join(' ')}`);
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
  const steps: Step[] = [];
  const record = (step: Step): void => void steps.push(step);
  const { known, source } = readParameters(parameters, tables);
  const scope = openScope(makeForms(known, record));
  const inside = source === undefined ? scope : bindSource(scope, source, parameters);
  if (evaluateAll(bodies, inside) === undefined) refuseDatum(datum, procedureForms);
  return steps;
}

function bindSource(scope: Scope, value: string, { at }: Datum): Scope {
  return bind(scope, new Map([['source', () => ({ is: 'string', value, at })]]));
}

const keys = ['inputs', 'native-inputs', 'outputs', 'source'];

/** The tables that are known inside: those that have no name of a parameter, and those that are asked for. */
function readParameters(
  parameters: Datum,
  tables: Tables,
): { readonly known: Tables; readonly source?: string } {
  const globals = Object.entries(tables).filter(([name]) => name.startsWith('%'));
  if (parameters.is === 'symbol') return { known: Object.fromEntries(globals) };
  const [key, ...names] = parameters.is === 'list' ? parameters.items : [];
  if (key?.is !== 'keyword' || key.name !== 'key') return refuseDatum(parameters, procedureForms);
  const asked = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (name.is === 'keyword' && name.name === 'allow-other-keys') continue;
    if (name.is === 'keyword' && name.name === 'rest' && index === names.length - 2) break;
    if (name.is !== 'symbol' || !keys.includes(name.name)) {
      return refuseDatum(name, `${keys.join(' ')} #:allow-other-keys`);
    }
    asked.add(name.name);
  }
  const wanted = Object.entries(tables).filter(([name]) => asked.has(name));
  const source = tables['inputs']?.get('source');
  return {
    known: Object.fromEntries([...globals, ...wanted]),
    ...(asked.has('source') && source !== undefined && { source }),
  };
}
