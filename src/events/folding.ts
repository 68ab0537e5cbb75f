import type { Hint } from '../errors/hint.ts';
import type { BuildLog, Event } from './event.ts';
import type { Style } from './style.ts';
import { renderEvent } from './text.ts';

/** How a CI system is told to fold the lines of a build log, and to take nothing that they say. */
export type Folding = {
  /** Takes out of a line what the system would understand. */
  readonly disarm: (line: string) => string;
  readonly fold: (log: BuildLog, isFailure: boolean) => Fold;
  /** The lines that make a hint stand out, beside it. */
  readonly point: (hint: Hint) => readonly string[];
};

/** The lines around those of a log. */
export type Fold = {
  readonly begin: readonly string[];
  readonly end: () => readonly string[];
};

/** The lines that tell events one after the other, with the folds of one CI system. */
export function openFolding(folding: Folding, style: Style): (event: Event) => readonly string[] {
  let failed: readonly string[] = [];
  let open: Fold | undefined;
  function render(event: Event): readonly string[] {
    const lines = renderEvent(event, style);
    if (event.event === 'builds-failed') failed = event.failed;
    if (event.event === 'build-log') {
      open = folding.fold(event, failed.includes(event.derivation));
      return [...lines, ...open.begin];
    }
    if (event.event === 'hint') return [...lines, ...folding.point(event)];
    if (!ends.has(event.event)) return lines;
    const end = open?.end() ?? [];
    open = undefined;
    return [...end, ...lines];
  }
  return (event) => render(event).map(folding.disarm);
}

/** A log that can't be read to its end is lost. */
const ends: ReadonlySet<Event['event']> = new Set(['build-log-end', 'build-log-lost']);
