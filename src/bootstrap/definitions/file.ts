import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EntryPointError } from '../../errors/failure.ts';
import { renderSystemError } from '../../errors/system.ts';
import type { Datum } from '../scheme/datum.ts';
import { encodeBytes } from '../../processes/bytes.ts';
import { readScheme } from '../scheme/read.ts';
import { definingForms } from './core-forms.ts';
import { bind, delay, type Form, type Later, openScope } from './evaluate.ts';
import { evaluateOrigin } from './origin.ts';
import type { Package } from './package.ts';
import { evaluatePackage } from './package-form.ts';
import { collectDefinitions, reserved } from './top-level.ts';

/** A file among those that go on with each other. */
type Stage = {
  readonly file: string;
  /** 0, or N of `bootstrapN.scm`. */
  readonly stage: number;
  readonly before: Definitions | undefined;
};

/** What a definition file defines. */
export type Definitions = Stage & {
  /** All values by their names, those of the stages before included. */
  readonly values: ReadonlyMap<string, Later>;
  /** The packages that are public here, by the names of their variables. */
  readonly packages: ReadonlyMap<string, Package>;
  /** All packages that stand here, wherever, in the order in which they need each other. */
  readonly made: readonly Package[];
};

/** Reads a definition file; `bootstrap1.scm` knows all that `bootstrap0.scm` beside it defines. */
export function loadDefinitions(file: string): Definitions {
  const [, number = '0'] = /^bootstrap(\d+)\.scm$/.exec(basename(file)) ?? [];
  const before = loadBefore(file, BigInt(number));
  return readDefinitions(readScheme(file, readBytes(file)), {
    file,
    stage: Number(number),
    before,
  });
}

function loadBefore(file: string, stage: bigint): Definitions | undefined {
  if (stage === 0n) return undefined;
  const before = join(dirname(file), `bootstrap${stage - 1n}.scm`);
  if (existsSync(encodeBytes(before))) return loadDefinitions(before);
  throw new EntryPointError({ kind: 'stage-missing', file: before, neededBy: file });
}

/** All packages that are known in it, also those that have no name. */
export function listPackages({ before, made }: Definitions): readonly Package[] {
  return [...(before === undefined ? [] : listPackages(before)), ...made];
}

function readBytes(file: string): Buffer {
  try {
    // A pipe may never end.
    const path = encodeBytes(file);
    if (!statSync(path).isFile()) throw new Error('it is not a regular file');
    return readFileSync(path);
  } catch (cause) {
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'input-unreadable', file, reason }, { cause });
  }
}

/** Evaluates all definitions. A package may need one that is defined further down, as in Guix. */
export function readDefinitions(data: readonly Datum[], its: Stage): Definitions {
  const made: Package[] = [];
  const values = new Map(its.before?.values);
  const scope = bind(openScope(makeForms(its.stage, made), reserved), values);
  const defined = collectDefinitions(data, { scope, before: its.before?.stage });
  for (const [name, { datum }] of defined) values.set(name, delay(name, datum, scope));
  const packages = new Map<string, Package>();
  for (const [name, { at, isPublic }] of defined) {
    const value = values.get(name)?.(at);
    if (isPublic && value?.is === 'package') packages.set(name, value.value);
  }
  return { ...its, values, packages, made };
}

/** All that can be evaluated in a definition file; packages are told to `made`. */
function makeForms(stage: number, made: Package[]): Readonly<Record<string, Form>> {
  return {
    ...definingForms,
    origin: (list, scope) => ({ is: 'origin', value: evaluateOrigin(list, scope), at: list.at }),
    package(list, scope) {
      const value = evaluatePackage(list, scope, stage);
      made.push(value);
      return { is: 'package', value, at: list.at };
    },
  };
}
