import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { openCache } from '../../src/cache/open.ts';
import type { Event } from '../../src/events/event.ts';

/** A run that uses a home and a staging directory, until it is disposed of. */
export async function open(
  home: string,
  staged: string,
): Promise<AsyncDisposable & { events: Event[] }> {
  const events: Event[] = [];
  const opened = await openCache({
    environment: { HOME: home, XDG_CACHE_HOME: staged },
    report: (event) => void events.push(event),
    signal: new AbortController().signal,
    isLive: false,
    listMountPoints: () => ['/'],
  });
  return { events, [Symbol.asyncDispose]: async () => opened[Symbol.asyncDispose]() };
}

/** The same, with something that is done in it. */
export async function runIn(home: string, staged: string, work = (): void => {}): Promise<Event[]> {
  await using opened = await open(home, staged);
  work();
  return opened.events;
}

export function write(path: string, content: string): void {
  mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
  writeFileSync(path, content);
}

export function read(path: string): string {
  return readFileSync(path, 'utf8');
}
