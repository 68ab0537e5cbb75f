import type { Options } from '../options/options.ts';
import { isTerminal } from '../processes/terminal.ts';
import { type Audience, findAudience } from './audience.ts';
import type { Event, Report } from './event.ts';
import { levelOf } from './level.ts';
import { writeToStderr } from './stderr.ts';
import { plain } from './style.ts';
import { renderEvent } from './text.ts';

/**
 * Opens the way events are told, all to stderr: lines that begin with `+`, with what a CI system
 * needs around build logs, or pino's JSON lines.
 */
export async function openReport(
  { logFormat, verbose }: Pick<Options, 'logFormat' | 'verbose'>,
  environment: Readonly<Record<string, string>>,
): Promise<Report> {
  const tell =
    logFormat === 'json'
      ? await openJsonReport()
      : await openTextReport(findAudience(environment, isTerminal(2)));
  return (event) => {
    if (verbose || levelOf[event.event] !== 'debug') tell(event);
  };
}

/** Tells an event in lines for people of whom nothing is known. */
export function reportAsText(event: Event): void {
  writeLines(renderEvent(event, plain));
}

async function openTextReport(audience: Audience): Promise<Report> {
  const render = await openRenderer(audience);
  return (event) => writeLines(render(event));
}

/** What a CI system needs is loaded only there. */
async function openRenderer(audience: Audience): Promise<(event: Event) => readonly string[]> {
  if (audience.ci === 'none') return (event) => renderEvent(event, audience);
  const { openFolding } = await import('./folding.ts');
  const folding =
    audience.ci === 'github'
      ? (await import('./github.ts')).github
      : (await import('./gitlab.ts')).gitlab;
  return openFolding(folding, audience);
}

async function openJsonReport(): Promise<Report> {
  // Loaded only when asked for: a plain run doesn't pay for pino.
  const { openPino } = await import('./json.ts');
  return openPino();
}

function writeLines(lines: readonly string[]): void {
  if (lines.length > 0) writeToStderr(`${lines.join('\n')}\n`);
}
