import type { Explanation } from '../machine/sandbox.ts';

/** What happens in a bootstrap, as data; packages are named with their versions. */
export type BootstrapEvent =
  /** Why builds have no name spaces, and what would change that; they have a chroot. */
  | (Explanation & { readonly event: 'chroot-only' })
  | {
      readonly event: 'package-building';
      readonly package: string;
      readonly output: string;
      /** Written while it is built. */
      readonly log: string;
      /** It is the first of so many that are to be built. */
      readonly number: number;
      readonly of: number;
    }
  /** The programs of this machine that builds can use. */
  | { readonly event: 'host-tools-lent'; readonly hostTools: readonly string[] }
  /** What was built has the path of one of them, where it is only while something is built. */
  | { readonly event: 'host-tools-named'; readonly package: string }
  /** Of a run that was killed. */
  | { readonly event: 'builders-ended'; readonly pids: readonly number[] }
  /** Where a package was built can't be removed. */
  | { readonly event: 'workshop-left'; readonly directory: string; readonly reason: string }
  /** Of a package that is built more than once. */
  | { readonly event: 'package-round'; readonly package: string; readonly round: number }
  | {
      readonly event: 'package-phase';
      readonly package: string;
      readonly phase: string;
      /** How many it has; none in `check` without tests. */
      readonly steps: number;
    }
  /** NAR hashes in Nix's base32; `isChecked`: it is the one that the definition wants. */
  | {
      readonly event: 'package-built';
      readonly package: string;
      readonly output: string;
      readonly narHash: string;
      readonly isChecked: boolean;
      readonly milliseconds: number;
    }
  | {
      readonly event: 'package-reused';
      readonly package: string;
      readonly output: string;
      readonly narHash: string;
    }
  /** It was finished before, so that no two builds of it were compared. */
  | { readonly event: 'rounds-left-out'; readonly package: string }
  /** What a failed build has come to stands there. */
  | { readonly event: 'build-kept'; readonly directory: string }
  | { readonly event: 'build-not-kept'; readonly reason: string }
  /** Outputs, and sources that these refer to. */
  | { readonly event: 'items-packed'; readonly file: string; readonly items: number };

export const bootstrapLevels = {
  'chroot-only': 'warn',
  'package-building': 'info',
  'host-tools-lent': 'info',
  'host-tools-named': 'warn',
  'builders-ended': 'info',
  'workshop-left': 'warn',
  'package-round': 'info',
  'package-phase': 'info',
  'package-built': 'info',
  'package-reused': 'debug',
  'rounds-left-out': 'info',
  'build-kept': 'info',
  'build-not-kept': 'warn',
  'items-packed': 'info',
} as const;
