import type { Ending } from '../processes/ending.ts';

/** What can go wrong with a bootstrap; packages are named with their versions. */
export type BootstrapFailure =
  | { readonly kind: 'no-definition-file' }
  /** A definition file, or a source. */
  | { readonly kind: 'input-unreadable'; readonly file: string; readonly reason: string }
  /** `bootstrap6.scm` for `bootstrap7.scm`. */
  | { readonly kind: 'stage-missing'; readonly file: string; readonly neededBy: string }
  /** What stands there is not of the language; line and column count from 1. */
  | {
      readonly kind: 'definition-refused';
      readonly file: string;
      readonly line: number;
      readonly column: number;
      readonly found: string;
      readonly allowed: string;
    }
  /** A definition file defines none. */
  | { readonly kind: 'no-package'; readonly file: string }
  /** More than one package has the name; their variables have others. */
  | {
      readonly kind: 'package-ambiguous';
      readonly name: string;
      readonly file: string;
      readonly variables: readonly string[];
    }
  | {
      readonly kind: 'package-unknown';
      readonly name: string;
      readonly file: string;
      readonly known: readonly string[];
      readonly nearest?: string;
    }
  | {
      readonly kind: 'source-missing';
      readonly package: string;
      /** The names that it may have. */
      readonly names: readonly string[];
      readonly uris: readonly string[];
    }
  /** Its SHA-256 is another; both in Nix's base32. */
  | {
      readonly kind: 'source-mismatch';
      readonly package: string;
      readonly file: string;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly kind: 'host-tool-missing'; readonly tool: string; readonly path: string }
  /** Another bootstrap is at work there. */
  | { readonly kind: 'store-in-use'; readonly directory: string }
  | {
      readonly kind: 'store-unusable';
      readonly directory: string;
      /** It has no room left. */
      readonly isFull: boolean;
      readonly reason: string;
    }
  /** Nothing in its store is known for finished. */
  | {
      readonly kind: 'manifest-unusable';
      readonly file: string;
      readonly directory: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'package-build-failed';
      readonly package: string;
      /** None of a trivial build. */
      readonly phase?: string;
      /** The program that failed, if it was one. */
      readonly command?: readonly string[];
      readonly ending?: Ending;
      /** Why, where it was none. */
      readonly reason?: string;
      readonly log: string;
      /** It was wanted to leave what the build has come to. */
      readonly isKept: boolean;
    }
  /** NAR hashes; `kept` is where the tree stands. */
  | {
      readonly kind: 'output-mismatch';
      readonly package: string;
      readonly expected: string;
      readonly actual: string;
      readonly kept: string;
    }
  /** A finished output isn't what it was when it was built. */
  | {
      readonly kind: 'output-changed';
      readonly output: string;
      readonly recorded: string;
      readonly actual: string;
    }
  | {
      readonly kind: 'rounds-differ';
      readonly package: string;
      readonly differences: readonly string[];
      /** Where both of them are. */
      readonly kept: readonly [string, string];
    }
  /** What stands in an output can't be in an archive. */
  | { readonly kind: 'item-unpackable'; readonly item: string; readonly reason: string }
  | {
      readonly kind: 'pack-lost';
      readonly file: string;
      /** There is no room left for it. */
      readonly isFull: boolean;
      readonly reason: string;
    };
