import { count, renderCourse } from '../events/build-log.ts';
import type { BuildLog } from '../events/event.ts';
import { renderFailedBuilds } from '../events/text.ts';
import { packageName } from './build.ts';
import { renderBlock, renderCode } from './markdown.ts';

/** What became of the builds of a run. */
export type Builds = {
  /** What is said of each failed build, by derivation; may be nothing. */
  readonly failures: ReadonlyMap<string, string>;
  /** Derivations. */
  readonly interrupted: readonly string[];
  readonly untried: readonly string[];
};

/** How much is said of all failures together, in bytes. */
export const mostBytes = 1 << 17;

/** In bytes, as a file has it. */
export function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}

/** A section of Markdown; in less room, in bytes, as much of it as goes in, but the names at least. */
export function renderSummary({ failures, interrupted, untried }: Builds, room: number): string {
  const failed = [...failures.keys()];
  const heading = `### ${renderFailedBuilds({ failed, interrupted, untried })}`;
  const names = [...renderNames('Interrupted', interrupted), ...renderNames('Not tried', untried)];
  const left = room - sizeOf(join([heading, ...names])) - mostBytesOfNames;
  const said = takeFitting([...failures], left);
  const unsaid = failed.filter((derivation) => !said.has(derivation));
  return join([heading, ...said.values(), ...renderNames('Also failed', unsaid), ...names]);
}

/** What is said of a failed build, with the last lines of its log. */
export function renderFailure(log: BuildLog, tail: readonly string[]): string {
  const { derivation, file, lines, end, firstError } = log;
  const what = [...(end === 'whole' ? [] : [end]), count(lines, 'line')].join(', ');
  return [
    `#### ${renderCode(log.package)}${renderCourse(log, renderCode)}`,
    `Its derivation: ${renderCode(derivation)}  \nIts log: ${renderCode(file)} (${what})`,
    ...(firstError ? [`First error, line ${firstError.line}: ${renderCode(firstError.text)}`] : []),
    ...(tail.length > 0 ? [renderTail(tail, lines)] : []),
  ].join('\n\n');
}

function renderTail(tail: readonly string[], lines: number): string {
  const which = tail.length < lines ? `The last ${tail.length} of its ` : 'Its ';
  const title = `<summary>${which}${count(lines, 'line')}</summary>`;
  return ['<details>', title, '', renderBlock(tail), '', '</details>'].join('\n');
}

/** The entries that go into that many bytes. */
function takeFitting(
  failures: readonly (readonly [string, string])[],
  room: number,
): Map<string, string> {
  const taken = new Map<string, string>();
  let left = room;
  for (const [derivation, text] of failures) {
    if (text === '' || sizeOf(text) > left) continue;
    taken.set(derivation, text);
    left -= sizeOf(text) + separator.length;
  }
  return taken;
}

function renderNames(title: string, derivations: readonly string[]): string[] {
  if (derivations.length === 0) return [];
  const names = derivations.slice(0, mostNames).map((name) => renderCode(packageName(name)));
  const more = derivations.length - names.length;
  return [`${title}: ${[...names, ...(more > 0 ? [`${more} more`] : [])].join(', ')}`];
}

/** Paragraphs, after whatever stands there, which may not even have ended its line. */
function join(paragraphs: readonly string[]): string {
  return `${separator}${paragraphs.join(separator)}\n`;
}

const separator = '\n\n';
const mostNames = 50;
/** A name of the store has 211 characters at most. */
const mostBytesOfNames = mostNames * 250;
