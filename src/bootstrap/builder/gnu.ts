import { availableParallelism } from 'node:os';
import { evaluate } from '../definitions/evaluate.ts';
import type { Package } from '../definitions/package.ts';
import { requireList, requireText } from '../definitions/value.ts';
import type { Datum } from '../scheme/datum.ts';
import { requireString } from '../scheme/refuse.ts';
import { openPureScope, type Tables } from './forms.ts';
import { modifyPhases } from './modify-phases.ts';
import { readBoolean, readSettings } from './settings.ts';
import type { Phase, Step } from './step.ts';
import { toTables, type Where } from './where.ts';

const settings = [
  ...(['configure-flags', 'make-flags', 'tests?', 'test-target', 'parallel-build?'] as const),
  ...(['parallel-tests?', 'phases', 'modules'] as const),
];

/** What `gnu-build-system` does, by the commands that Guix's does; `triplet` is what GNU calls the machine. */
export function planGnuBuild(
  built: Package,
  { where, triplet }: { readonly where: Where; readonly triplet: string },
): readonly Phase[] {
  const setting = readSettings(built, settings);
  const { inputs, outputs } = toTables(where);
  const globals = { '%build-inputs': inputs, '%outputs': outputs };
  const switches = ['tests?', 'parallel-build?', 'parallel-tests?'] as const;
  const [isTested, isBuiltParallel, isTestedParallel] = switches.map((name) => {
    const datum = setting(name);
    return datum === undefined || readBoolean(datum);
  });
  const makeFlags = readFlags(setting('make-flags'), globals);
  const target = setting('test-target');
  const testTarget = target === undefined ? 'check' : requireString(target, 'a text');
  const jobs = `-j${availableParallelism()}`;
  const make = (name: string, words: readonly string[]): Phase =>
    toPhase(name, { action: 'invoke', words: ['make', ...words, ...makeFlags], at: built.at });
  const standard = [
    toPhase('unpack', { action: 'unpack', words: [inputs.get('source') ?? ''], at: built.at }),
    toPhase('configure', {
      action: 'invoke',
      words: [
        ...[shell, './configure', `CONFIG_SHELL=${shell}`, `SHELL=${shell}`],
        ...[`--prefix=${where.output}`, '--enable-fast-install', `--build=${triplet}`],
        ...readFlags(setting('configure-flags'), globals),
      ],
      at: built.at,
    }),
    make('build', isBuiltParallel ? [jobs] : []),
    ...(isTested
      ? [make('check', [testTarget, ...(isTestedParallel ? [jobs] : [])])]
      : [{ name: 'check', steps: [] }]),
    make('install', ['install']),
  ];
  const phases = setting('phases');
  if (phases === undefined) return standard;
  return modifyPhases(phases, standard, { ...globals, inputs, 'native-inputs': inputs, outputs });
}

/** What runs configure, and is written into what that makes: the inputs' own, where builds are isolated. */
export const shell = '/bin/sh';

function toPhase(name: string, step: Step): Phase {
  return { name, steps: [step] };
}

/** Code that comes to a list of texts; where it is nothing but texts, those. */
function readFlags(datum: Datum | undefined, tables: Tables): readonly string[] {
  if (datum === undefined) return [];
  const isPlain = datum.is === 'list' && datum.items.every(({ is }) => is === 'string');
  const value = isPlain ? datum : evaluate(datum, openPureScope(tables));
  return requireList(value, 'a list of texts').map((flag) => requireText(flag, 'a text'));
}
