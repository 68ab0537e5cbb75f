import { type Datum, headOf, type List, quoteString, shorten } from '../scheme/datum.ts';
import { longestRow } from '../scheme/limits.ts';
import { refuse, refuseDatum } from '../scheme/refuse.ts';
import { readArguments } from './arguments.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { type ReadField, readFields, readText } from './fields.ts';
import { readInputs } from './inputs.ts';
import { readSource, storeName } from './origin.ts';
import { type BuildSystem, buildSystems, fullName, type Input, type Package } from './package.ts';
import { refuseValue } from './value.ts';

const fieldNames = [
  ...(['name', 'version', 'source', 'build-system', 'inputs', 'native-inputs'] as const),
  ...(['arguments', 'home-page', 'synopsis', 'description', 'license'] as const),
];

/** `(package (name …) (version …) (source …) (build-system …) …)`. */
export function evaluatePackage(list: List, scope: Scope, stage: number): Package {
  const field = readFields(list, scope, fieldNames);
  const [name, version] = [field('name', readName), field('version', readName)];
  const source = field('source', readSource);
  const buildSystem = field('build-system', readBuildSystem);
  const given = field('arguments', readArguments);
  checkDescription(field);
  if (name === undefined || version === undefined || buildSystem === undefined) {
    return refuse(list.at, {
      found: 'a package without name, version or build-system',
      allowed: '(package (name TEXT) (version TEXT) (source …) (build-system …) …)',
    });
  }
  requireShort({ name, version }, list);
  if (source === undefined && buildSystem === 'gnu-build-system') {
    return refuse(list.at, {
      found: `${name}, which has no source to unpack,`,
      allowed: 'a source, or trivial-build-system',
    });
  }
  const inputs = [
    ...(source === undefined ? [] : [{ label: 'source', of: source }]),
    ...(field('native-inputs', readInputs) ?? []),
    ...(field('inputs', readInputs) ?? []),
  ];
  return {
    is: 'package',
    ...{ name, version, source, buildSystem },
    inputs: mergeInputs(inputs, list),
    row: countRow(inputs, list),
    arguments: given?.arguments ?? new Map(),
    outputHash: given?.outputHash,
    stage,
    at: list.at,
  };
}

/** As Guix's stores have it: with a hash and an ending, a file's name has 255 bytes at most. */
const longestName = 211;

function requireShort(named: Pick<Package, 'name' | 'version'>, { at }: List): void {
  const { length } = fullName(named);
  if (length <= longestName) return;
  const allowed = `at most ${longestName}`;
  refuse(at, { found: `a name and a version of ${length} characters`, allowed });
}

/** What says nothing of how it is built. */
function checkDescription(field: ReadField<(typeof fieldNames)[number]>): void {
  field('home-page', readHomePage);
  field('synopsis', readText);
  field('description', readText);
  field('license', checkLicense);
}

function readName(datum: Datum, scope: Scope): string {
  const name = readText(datum, scope);
  return storeName.test(name) ? name : refuseDatum(datum, 'a text of letters, digits and +-._?=');
}

function readBuildSystem(datum: Datum): BuildSystem {
  const known = buildSystems.find((name) => datum.is === 'symbol' && datum.name === name);
  return known ?? refuseDatum(datum, buildSystems.join(' or '));
}

function readHomePage(datum: Datum, scope: Scope): string | undefined {
  const value = evaluate(datum, scope);
  if (value.is === 'string') return value.value;
  return value.is === 'boolean' && !value.value ? undefined : refuseValue(value, 'a text, or #f');
}

/** What builds nothing is not evaluated: there are dozens of licenses. */
function checkLicense(datum: Datum): void {
  const names = headOf(datum) === 'list' && datum.is === 'list' ? datum.items : [datum];
  const isNone = datum.is === 'boolean' && !datum.value;
  if (isNone || names.every(({ is }) => is === 'symbol')) return;
  refuseDatum(datum, 'the name of a license, a list of them, or #f');
}

function countRow(inputs: readonly Input[], { at }: List): number {
  const before = inputs.map(({ of }) => (of.is === 'package' ? of.row : 0));
  const row = 1 + before.reduce((longest, its) => Math.max(longest, its), 0);
  if (row <= longestRow) return row;
  const found = `a package behind ${longestRow} others, each needed by the next,`;
  return refuse(at, { found, allowed: `${longestRow} in a row at most` });
}

/** What is an input twice is one; a label can't be of two. */
function mergeInputs(inputs: readonly Input[], { at }: List): readonly Input[] {
  const merged = new Map<string, Input>();
  for (const input of inputs) {
    const other = merged.get(input.label);
    if (other !== undefined && other.of !== input.of) {
      const found = `two inputs ${shorten(quoteString(input.label))}`;
      return refuse(at, { found, allowed: 'each label once' });
    }
    merged.set(input.label, input);
  }
  return [...merged.values()];
}
