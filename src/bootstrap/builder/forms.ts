import { coreForms } from '../definitions/core-forms.ts';
import {
  evaluate,
  evaluateAll,
  type Form,
  openScope,
  type Scope,
} from '../definitions/evaluate.ts';
import { checkModules } from '../definitions/modules.ts';
import { requireText, type Value } from '../definitions/value.ts';
import { type Datum, type List, type Position, quoteString } from '../scheme/datum.ts';
import {
  listNames,
  refuseDatum,
  requireCount,
  requireString,
  requireSymbol,
} from '../scheme/refuse.ts';
import { type Procedure, procedures, type Step } from './step.ts';

/** What `assoc-ref` looks into, by names: where each input and each output is. */
export type Tables = Readonly<Record<string, ReadonlyMap<string, string>>>;

/** The scope of a build's code that comes to something, and does nothing. */
export function openPureScope(tables: Tables): Scope {
  return openScope(makePureForms(tables), Object.keys(tables));
}

/** The scope of all code of a build. Nothing is done yet: `record` is told what is to be. */
export function openBuildScope(tables: Tables, record: (step: Step) => void): Scope {
  return openScope(makeForms(tables, record), Object.keys(tables));
}

function makePureForms(tables: Tables): Readonly<Record<string, Form>> {
  return { ...coreForms, 'assoc-ref': (list) => lookUp(list, tables) };
}

function makeForms(tables: Tables, record: (step: Step) => void): Readonly<Record<string, Form>> {
  function call(procedure: Procedure): Form {
    const takesMode = procedure === 'chmod';
    return (list, scope) => {
      const words = requireCount(list, procedures[procedure]).map((datum, index) =>
        takesMode && index === 1 ? readMode(datum, scope) : readWord(datum, scope),
      );
      if (procedure === 'setenv') checkVariable(list, words[0] ?? '');
      record({ action: procedure, words, at: list.at });
      return done(list.at);
    };
  }
  const names = Object.keys(procedures).filter((name): name is Procedure => name in procedures);
  return {
    ...makePureForms(tables),
    begin: (list, scope) =>
      evaluateAll(list.items.slice(1), scope) ?? refuseDatum(list, '(begin EXPRESSION…)'),
    'use-modules': (list) => {
      checkModules(list, undefined);
      return done(list.at);
    },
    ...Object.fromEntries(names.map((name) => [name, call(name)])),
    invoke: (list, scope) => {
      const words = list.items.slice(1).map((word) => readWord(word, scope));
      if (words.length === 0) return refuseDatum(list, '(invoke PROGRAM ARGUMENT…)');
      record({ action: 'invoke', words, at: list.at });
      return done(list.at);
    },
  };
}

/** `(assoc-ref inputs "hello")`. The label stands there as it is, so it is known to be one. */
function lookUp(list: List, tables: Tables): Value {
  const [name = list, label = list] = requireCount(list, '(assoc-ref TABLE LABEL)');
  const allowed = Object.keys(tables).join(', ') || 'no table: the code knows none';
  const table = requireSymbol(name, allowed);
  const found = Object.hasOwn(tables, table) ? tables[table] : undefined;
  if (found === undefined) return refuseDatum(name, allowed);
  const labels = listNames([...found.keys()].map(quoteString)) || 'no label: there is none';
  const value = found.get(requireString(label, labels));
  return value === undefined ? refuseDatum(label, labels) : { is: 'string', value, at: list.at };
}

function readWord(datum: Datum, scope: Scope): string {
  const text = requireText(evaluate(datum, scope), 'a text');
  return text.includes('\0') ? refuseDatum(datum, 'a text without \\0') : text;
}

/**
 * What isolates a build is a program of this machine, whose loader must not heed a build. LD_RUN_PATH is
 * the linker's, ld(1).
 */
function checkVariable(list: List, name: string): void {
  if (/^(?!LD_(?!RUN_PATH$)|GLIBC_|GCONV_PATH$|LOCPATH$)[A-Za-z_]\w*$/.test(name)) return;
  refuseDatum(
    list.items[1] ?? list,
    'the name of a variable that no loader looks at; env(1) sets these',
  );
}

/** In octal, as chmod(1) writes it. */
function readMode(datum: Datum, scope: Scope): string {
  const value = evaluate(datum, scope);
  const allowed = 'a mode from #o000 to #o777';
  if (value.is !== 'integer' || value.value < 0 || value.value > 0o777) {
    return refuseDatum(datum, allowed);
  }
  return value.value.toString(8);
}

function done(at: Position): Value {
  return { is: 'boolean', value: true, at };
}
