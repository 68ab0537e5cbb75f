import { evaluate } from '../definitions/evaluate.ts';
import type { Package } from '../definitions/package.ts';
import { refuse } from '../scheme/refuse.ts';
import { readSettings } from './settings.ts';
import { openBuildScope } from './forms.ts';
import type { Phase, Step } from './step.ts';
import { toTables, type Where } from './where.ts';

/** What `trivial-build-system` does: what its #:builder says. */
export function planTrivialBuild(built: Package, where: Where): readonly Phase[] {
  const setting = readSettings(built, ['builder', 'modules']);
  const builder = setting('builder');
  if (builder === undefined) {
    const found = `trivial-build-system without #:builder`;
    return refuse(built.at, { found, allowed: '(arguments (list #:builder …))' });
  }
  const { inputs, outputs } = toTables(where);
  const tables = { '%build-inputs': inputs, '%outputs': outputs };
  const steps: Step[] = [];
  evaluate(
    builder,
    openBuildScope(tables, (step) => steps.push(step)),
  );
  return [{ name: 'builder', steps }];
}
