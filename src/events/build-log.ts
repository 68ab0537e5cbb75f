import { neutralize } from './control.ts';
import type { BuildLog } from './event.ts';
import { emphasize, type Style } from './style.ts';

/** The lines that tell of a build and its log, before the log's own. */
export function renderBuildLog(log: BuildLog, style: Style): string[] {
  const { derivation, file, lines, shown, end, state, firstError } = log;
  const what = [
    ...(end === 'whole' ? [] : [end]),
    count(lines, 'line'),
    ...(shown > 0 && shown < lines ? [`of which the last ${shown} follow`] : []),
  ];
  const title = `${titles[state]}: ${log.package}${renderCourse(log, quotePhase)}`;
  return [
    state === 'failed' ? emphasize(title, style) : title,
    `Its derivation: ${derivation}`,
    `Its log: ${file} (${what.join(', ')})`,
    ...(firstError ? [emphasize(renderFirstError(firstError), style)] : []),
  ];
}

/** One line for a log where its lines are folded. */
export function renderFoldTitle({ package: name, file, lines, shown }: BuildLog): string {
  const which =
    shown < lines ? `the last ${shown} of ${count(lines, 'line')}` : count(lines, 'line');
  return `${name}: ${file}, ${which}`;
}

/** One paragraph for a failed build. */
export function renderFailedBuild(log: BuildLog): string {
  const { firstError } = log;
  const failed = `${log.package} failed${renderCourse(log, quotePhase)}.`;
  return firstError ? `${failed} ${renderFirstError(firstError)}` : failed;
}

/** In which phase it ended, and how long that ran; else how long it ran in all. The phase is the log's word. */
export function renderCourse(
  { phase, milliseconds }: BuildLog,
  quote: (phase: string) => string,
): string {
  const where = phase === undefined ? '' : `, in phase ${quote(phase.name)}`;
  if (phase?.seconds !== undefined) return `${where}, which ran for ${phase.seconds.toFixed(1)} s`;
  if (milliseconds === undefined) return where;
  return `${where}, after ${(milliseconds / 1000).toFixed(1)} s`;
}

/** `1 line`, `2 lines`. */
export function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}

const titles = {
  failed: 'Failed build',
  succeeded: 'Build',
  unknown: 'Build of unknown outcome',
} as const;

function renderFirstError({ line, text }: NonNullable<BuildLog['firstError']>): string {
  return `First error, line ${line}: ${neutralize(text, { colors: false })}`;
}

function quotePhase(name: string): string {
  return `'${neutralize(name, { colors: false })}'`;
}
