import { basename, join } from 'node:path';
import type { Failure } from '../errors/failure.ts';
import { isFull, renderSystemError } from '../errors/system.ts';

/** Where the outputs of a stage are. */
export type Store = {
  readonly stage: number;
  /** Its directory, relative to where we were called: `./store0`. */
  readonly directory: string;
  /** What builds know it as, and what the names of outputs are made with. */
  readonly logical: string;
};

/**
 * The store of a stage. An isolated build finds it as `/store0`, wherever it is, so that what it makes
 * does not depend on that; one that isn't finds it where it is.
 */
export function openStore(
  stage: number,
  { isIsolated, directory }: { readonly isIsolated: boolean; readonly directory: string },
): Store {
  const name = `store${stage}`;
  return {
    stage,
    directory: `./${name}`,
    logical: isIsolated ? `/${name}` : join(directory, name),
  };
}

/** Where an item of the store is, by the path that builds know it by. */
export function toPhysical({ directory }: Store, logical: string): string {
  return `${directory}/${basename(logical)}`;
}

/** Where the log of an item's build is. */
export function nameLog({ directory }: Store, output: string): string {
  return `${directory}/log/${basename(output)}.log`;
}

/** What the system says of a store that can't be worked in. */
export function toUnusable({ directory }: Pick<Store, 'directory'>, error: unknown): Failure {
  const reason = renderSystemError(error);
  return { kind: 'store-unusable', directory, isFull: isFull(error), reason };
}
