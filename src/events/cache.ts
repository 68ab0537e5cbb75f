import { count } from './build-log.ts';
import { neutralize } from './control.ts';
import type { Event } from './event.ts';
import { renderBytes } from './substitutes.ts';

type Named<Name extends Event['event']> = Extract<Event, { event: Name }>;
type Amount = { readonly files: number; readonly bytes: number };

/** `Cache: staging in 200000 files, 1.0 GiB, from /root/.cache to /tmp/cache`. */
export function renderCacheStaging(event: Omit<Named<'cache-staging'>, 'event'>): string {
  const { total } = event;
  const what =
    total === undefined
      ? 'looking for what changed'
      : `staging ${event.direction} ${render(total)}`;
  return `Cache: ${what}, ${renderWay(event)}`;
}

/** The same while it goes on. */
export function renderCacheProgress({
  done,
  ...event
}: Omit<Named<'cache-staging'>, 'event'> & { readonly done: Amount }): string {
  return event.total === undefined
    ? renderCacheStaging(event)
    : `Cache: staging ${event.direction} ${done.files} of ${render(event.total)}`;
}

/** `Cache: staged in 3 files, 12 KiB, 1 removed, from /root/.cache to /tmp/cache, within 12 ms`. */
export function renderCacheStaged(
  event: Omit<Named<'cache-staged' | 'cache-staged-at-length'>, 'event'>,
): string {
  const { direction, removed, milliseconds } = event;
  const gone = removed === 0 ? '' : `${removed} removed, `;
  const time =
    milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
  return `Cache: staged ${direction} ${render(event)}, ${gone}${renderWay(event)}, within ${time}`;
}

/** The first few of them, and how many there are. */
export function renderCacheLeftOut({ left, directory }: Named<'cache-left-out'>): string[] {
  const more = left.length - shown;
  return [
    `Cache: not copied from ${directory}:`,
    ...left
      .slice(0, shown)
      .map(({ path, reason }) => `  ${neutralize(path, { colors: false })}: ${reason}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

const shown = 5;

function render({ files, bytes }: Amount): string {
  return `${count(files, 'file')}, ${renderBytes(bytes)}`;
}

function renderWay({
  direction,
  home,
  staged,
}: {
  readonly direction: 'in' | 'out';
  readonly home: string;
  readonly staged: string;
}): string {
  return direction === 'in' ? `from ${home} to ${staged}` : `from ${staged} to ${home}`;
}
