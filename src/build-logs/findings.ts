import type { BuildLog } from '../events/event.ts';
import { weigh, type Weight } from './first-error.ts';
import { Phases } from './phases.ts';
import { toPlainLine } from './plain.ts';

/** What the lines of a log say of its build. */
export type Findings = Pick<BuildLog, 'phase' | 'firstError'> & {
  /** What its phases took together. */
  readonly phasesSeconds?: number;
};

type Line = NonNullable<BuildLog['firstError']>;

/**
 * Looks for the phase in which a build ended, and for the line in it that a person should read first:
 * the first cause, else the last suspect, which is the nearest to the end, else the first consequence.
 * What stands in earlier phases was not fatal. The lines are counted from `first` on.
 */
export async function findFindings(
  lines: AsyncIterable<readonly string[]>,
  first: number,
): Promise<Findings> {
  const phases = new Phases();
  const found = new Map<Weight, Line>();
  function read(text: string, line: number): void {
    if (phases.read(text)) found.clear();
    const weight = weigh(text);
    if (weight === 'suspect' || (weight !== undefined && !found.has(weight))) {
      found.set(weight, { line, text: shorten(text) });
    }
  }
  let number = first;
  for await (const some of lines) {
    for (const line of some) read(toPlainLine(line), number++);
  }
  const firstError = found.get('cause') ?? found.get('suspect') ?? found.get('consequence');
  return {
    ...(phases.last && { phase: phases.last }),
    ...(phases.seconds !== undefined && { phasesSeconds: phases.seconds }),
    ...(firstError && { firstError }),
  };
}

/** As much as is read at a glance. */
function shorten(text: string): string {
  // Cut between characters, not within one of two code units.
  return /^.{0,500}/su.exec(text.replaceAll('\t', ' ').trim())?.[0] ?? '';
}
