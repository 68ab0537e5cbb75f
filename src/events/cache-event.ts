/** What happens while the home cache is staged. */
export type CacheEvent =
  /** Staging the home cache takes long: to look for changes or, with a total, to copy them. */
  | (CacheStaging & {
      readonly event: 'cache-staging';
      readonly total: { readonly files: number; readonly bytes: number } | undefined;
    })
  | (CacheStaging & CacheStaged & { readonly event: 'cache-staged' })
  /** The same, and it took long. */
  | (CacheStaging & CacheStaged & { readonly event: 'cache-staged-at-length' })
  /** `nested`: one is in the other; `homeless`: there is no home cache, and none can be made. */
  | {
      readonly event: 'cache-not-staged';
      readonly home: string;
      readonly staged: string;
      readonly reason: 'nested' | 'homeless';
    }
  /** What can't be copied. */
  | {
      readonly event: 'cache-left-out';
      readonly directory: string;
      readonly left: readonly { readonly path: string; readonly reason: string }[];
    }
  /** It can't be staged out: the home cache is as it was. */
  | {
      readonly event: 'cache-not-saved';
      readonly home: string;
      readonly staged: string;
      readonly reason: string;
    }
  /** What a run that was killed left to be done can't be done. */
  | { readonly event: 'cache-not-healed'; readonly home: string; readonly reason: string };

type CacheStaging = {
  readonly direction: 'in' | 'out';
  readonly home: string;
  readonly staged: string;
};

/** What was copied, in files and bytes, and what was removed. */
type CacheStaged = {
  readonly files: number;
  readonly bytes: number;
  readonly removed: number;
  readonly milliseconds: number;
};

/** How much each matters, as in `levelOf`. */
export const cacheLevels = {
  'cache-staging': 'info',
  'cache-staged': 'debug',
  'cache-staged-at-length': 'info',
  'cache-not-staged': 'debug',
  'cache-left-out': 'warn',
  'cache-not-saved': 'error',
  'cache-not-healed': 'warn',
} as const;
