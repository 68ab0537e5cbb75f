import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Report } from '../events/event.ts';
import { ours } from './names.ts';

export type Wish = {
  readonly environment: Readonly<Record<string, string>>;
  readonly report: Report;
  /** Calls the staging in off. */
  readonly signal: AbortSignal;
  /** Whether progress can be told in one line of stderr that is written anew. */
  readonly isLive: boolean;
  readonly listMountPoints: () => readonly string[];
};

/**
 * Stages the home cache into the directory that `XDG_CACHE_HOME` names, and back out when it is
 * disposed of. Where that is the home cache itself, there is nothing to do. Throws an
 * `EntryPointError` when it can't be staged in; that it can't be staged out is only told.
 */
export async function openCache(wish: Wish): Promise<AsyncDisposable> {
  const { HOME = '', XDG_CACHE_HOME: staged = '' } = wish.environment;
  const home = `${HOME}/.cache`;
  // As their specification has it, a relative one is as good as none.
  const areNamed = isAbsolute(HOME) && isAbsolute(staged);
  if (areNamed && resolve(staged) !== resolve(home) && existsSync(HOME)) {
    const { openStaging } = await import('./staging.ts');
    return openStaging({ home, staged }, wish);
  }
  // A run that was killed while it staged out may have left us the rest.
  if (
    existsSync(home) &&
    (existsSync(`${realpathSync(home)}${ours}`) || existsSync(`${home}/${ours}`))
  ) {
    const { healHome } = await import('./heal.ts');
    await healHome(home, wish);
  }
  return { async [Symbol.asyncDispose]() {} };
}
