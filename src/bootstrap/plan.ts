import { makeDerivation, type Derivation, type Recipe } from '../store/derivation.ts';
import { planGnuBuild } from './builder/gnu.ts';
import type { Phase } from './builder/step.ts';
import { planTrivialBuild } from './builder/trivial.ts';
import { fullName, type Origin, type Package } from './definitions/package.ts';
import { quoteString, writeDatum } from './scheme/datum.ts';
import { openStore, type Store } from './stores.ts';
import type { System } from './system.ts';

/** A package, and all that its build needs to be known. */
export type PlannedBuild = {
  readonly is: 'build';
  readonly package: Package;
  /** `hello-2.12`. */
  readonly name: string;
  readonly store: Store;
  readonly derivation: Derivation;
  /** By their labels. */
  readonly inputs: ReadonlyMap<string, PlannedBuild | PlannedSource>;
  readonly phases: readonly Phase[];
};

/** A file that has to be there. */
export type PlannedSource = {
  readonly is: 'source';
  readonly origin: Origin;
  /** The name that the user may have given to it: its package's, or the label of an input. */
  readonly name: string;
  readonly store: Store;
  readonly derivation: Derivation;
};

export type Ground = {
  readonly system: System;
  /** Whether builds find stores in places that are the same everywhere. */
  readonly isIsolated: boolean;
  /** Where the stores are. */
  readonly directory: string;
};

/** Plans the builds of packages and of all that they need, each once, behind what it needs. */
export function planBuilds(packages: readonly Package[], ground: Ground): readonly PlannedBuild[] {
  const planned = new Map<Package, PlannedBuild>();
  function plan(wanted: Package): PlannedBuild {
    const there = planned.get(wanted);
    if (there !== undefined) return there;
    const store = openStore(wanted.stage, ground);
    const inputs = wanted.inputs.map(({ label, of }) => {
      const name = label === 'source' ? wanted.name : label;
      const input = of.is === 'package' ? plan(of) : planSource(of, { name, store, ...ground });
      return [label, input] as const;
    });
    const build = planBuild(wanted, new Map(inputs), { store, ...ground });
    planned.set(wanted, build);
    return build;
  }
  for (const wanted of packages) plan(wanted);
  return [...planned.values()];
}

/** Of planned builds, those of some packages and what these need. */
export function selectNeeded(
  builds: readonly PlannedBuild[],
  packages: readonly Package[],
): readonly PlannedBuild[] {
  const needed = new Set(builds.filter((build) => packages.includes(build.package)));
  // A set's iterator comes by what is added meanwhile.
  for (const build of needed) {
    for (const input of build.inputs.values()) if (input.is === 'build') needed.add(input);
  }
  return builds.filter((build) => needed.has(build));
}

/** Changes when a build that is described by the same words does something else. */
const version = '1';

function planBuild(
  wanted: Package,
  inputs: PlannedBuild['inputs'],
  { store, system }: { readonly store: Store; readonly system: System },
): PlannedBuild {
  const name = fullName(wanted);
  const recipe: Recipe = {
    store: store.logical,
    name,
    system: system.name,
    builder: 'builtin:bootstrap',
    arguments: [wanted.buildSystem, version],
    variables: { arguments: writeArguments(wanted), inputs: writeInputs(inputs) },
    inputs: [...inputs.values()].map(({ derivation }) => derivation),
  };
  const derivation = makeDerivation(recipe);
  const places = [...inputs].map(([label, input]) => [label, input.derivation.output] as const);
  const where = { inputs: new Map(places), output: derivation.output };
  const phases =
    wanted.buildSystem === 'gnu-build-system'
      ? planGnuBuild(wanted, { where, triplet: system.triplet })
      : planTrivialBuild(wanted, where);
  return { is: 'build', package: wanted, name, store, derivation, inputs, phases };
}

function planSource(
  origin: Origin,
  { name, store, system }: { name: string; store: Store; system: System },
): PlannedSource {
  const derivation = makeDerivation({
    store: store.logical,
    name: origin.fileName,
    system: system.name,
    builder: 'builtin:download',
    variables: { url: `(${origin.uris.map(quoteString).join(' ')})` },
    contentHash: origin.sha256.toString('hex'),
  });
  return { is: 'source', origin, name, store, derivation };
}

/** Without comments and blanks, in the order of the keywords: the same says the same. */
function writeArguments({ arguments: given }: Package): string {
  const sorted = [...given].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `(${sorted.map(([name, { code }]) => `#:${name} ${writeDatum(code)}`).join(' ')})`;
}

function writeInputs(inputs: PlannedBuild['inputs']): string {
  const pairs = [...inputs].map(
    ([label, { derivation }]) => `(${quoteString(label)} ${quoteString(derivation.output)})`,
  );
  return `(${pairs.join(' ')})`;
}
