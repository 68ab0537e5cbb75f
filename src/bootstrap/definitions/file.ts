import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EntryPointError } from '../../errors/failure.ts';
import { renderSystemError } from '../../errors/system.ts';
import { type Datum, headOf, type List, type Position } from '../scheme/datum.ts';
import { readScheme } from '../scheme/read.ts';
import { refuse, refuseDatum, requireCount, requireSymbol } from '../scheme/refuse.ts';
import { definingForms } from './core-forms.ts';
import { evaluate, type Form, type Scope } from './evaluate.ts';
import { checkModules } from './modules.ts';
import { evaluateOrigin } from './origin.ts';
import type { Package } from './package.ts';
import { evaluatePackage } from './package-form.ts';
import type { Value } from './value.ts';

/** What a definition file defines. */
export type Definitions = {
  readonly file: string;
  /** 0, or N of `bootstrapN.scm`. */
  readonly stage: number;
  /** All values by their names, those of the stages before included. */
  readonly values: ReadonlyMap<string, Value>;
  /** The packages that are public here, by the names of their variables. */
  readonly packages: ReadonlyMap<string, Package>;
};

function makeForms(stage: number): Readonly<Record<string, Form>> {
  return {
    ...definingForms,
    origin: (list, scope) => ({ is: 'origin', value: evaluateOrigin(list, scope), at: list.at }),
    package: (list, scope) => ({
      is: 'package',
      value: evaluatePackage(list, scope, stage),
      at: list.at,
    }),
  };
}

/** Reads a definition file; `bootstrap1.scm` knows all that `bootstrap0.scm` beside it defines. */
export function loadDefinitions(file: string): Definitions {
  const [, number = '0'] = /^bootstrap(\d{1,3})\.scm$/.exec(basename(file)) ?? [];
  const stage = Number(number);
  const before = stage === 0 ? undefined : loadBefore(file, stage);
  return readDefinitions(readScheme(file, readBytes(file)), { file, stage, before });
}

function loadBefore(file: string, stage: number): Definitions {
  const before = join(dirname(file), `bootstrap${stage - 1}.scm`);
  if (existsSync(before)) return loadDefinitions(before);
  throw new EntryPointError({ kind: 'stage-missing', file: before, neededBy: file });
}

/** All packages that are known in it, also those that aren't public. */
export function listPackages({ values }: Definitions): readonly Package[] {
  return [...values.values()].flatMap((value) => (value.is === 'package' ? [value.value] : []));
}

function readBytes(file: string): Buffer {
  try {
    // A pipe may never end.
    if (!statSync(file).isFile()) throw new Error('it is not a regular file');
    return readFileSync(file);
  } catch (cause) {
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'input-unreadable', file, reason }, { cause });
  }
}

type Place = Pick<Definitions, 'file' | 'stage'> & { readonly before: Definitions | undefined };

/** Evaluates all definitions. A package may need one that is defined further down, as in Guix. */
export function readDefinitions(data: readonly Datum[], place: Place): Definitions {
  const { file, stage, before } = place;
  const defined = collectDefinitions(data, place);
  const inherited = [...(before?.values ?? [])].filter(([name]) => !defined.has(name));
  const values = new Map<string, Value | 'in work'>(inherited);
  function find(name: string, at: Position): Value | undefined {
    const definition = defined.get(name);
    const value = values.get(name);
    if (value === 'in work') {
      const found = `${name}, which is needed for itself,`;
      return refuse(at, { found, allowed: 'what is defined without it' });
    }
    if (value !== undefined || definition === undefined) return value;
    values.set(name, 'in work');
    const evaluated = evaluate(definition.datum, scope);
    values.set(name, evaluated);
    return evaluated;
  }
  const names = (): readonly string[] => [
    ...new Set([...(before?.values.keys() ?? []), ...defined.keys()]),
  ];
  const scope: Scope = { find, names, forms: makeForms(stage), nesting: { depth: 0 } };
  const packages = new Map<string, Package>();
  for (const [name, { at, isPublic }] of defined) {
    const value = find(name, at);
    if (isPublic && value?.is === 'package') packages.set(name, value.value);
  }
  const evaluated = [...values].flatMap(([name, value]) =>
    value === 'in work' ? [] : [[name, value] as const],
  );
  return { file, stage, values: new Map(evaluated), packages };
}

type Definition = { readonly datum: Datum; readonly at: Position; readonly isPublic: boolean };

const topLevel =
  '(define-public NAME EXPRESSION), (define NAME EXPRESSION), (define-module …), (use-modules …)';

function collectDefinitions(
  data: readonly Datum[],
  { before }: Place,
): ReadonlyMap<string, Definition> {
  const defined = new Map<string, Definition>();
  for (const datum of data) {
    const head = headOf(datum);
    if (datum.is !== 'list' || head === undefined) return refuseDatum(datum, topLevel);
    if (head === 'define-module' || head === 'use-modules') {
      checkModules(datum, before?.stage);
    } else if (head === 'define' || head === 'define-public') {
      addDefinition(defined, datum, head);
    } else {
      return refuseDatum(datum, topLevel);
    }
  }
  return defined;
}

function addDefinition(
  defined: Map<string, Definition>,
  list: List,
  head: 'define' | 'define-public',
): void {
  const [variable = list, datum = list] = requireCount(list, `(${head} NAME EXPRESSION)`);
  const name = requireSymbol(variable, `a name: (${head} NAME EXPRESSION)`);
  if (defined.has(name)) {
    refuse(variable.at, { found: `a second definition of ${name}`, allowed: 'each name once' });
  }
  defined.set(name, { datum, at: variable.at, isPublic: head === 'define-public' });
}
