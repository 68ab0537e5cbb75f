import { basename } from 'node:path';
import { readBuilder } from './derivation.ts';

/**
 * The exit status of a build's builder, where its last words leave no doubt; otherwise `null`.
 *
 * guix-daemon tells it to its client alone, on the stderr that is the user's, and writes it neither
 * into the log nor into its database. The kernel would tell it to a tracer, or to whoever turns on
 * the accounting of the whole machine: that is not for us. What is left is the builder itself: Guix's
 * `gnu-build`, which all its build systems for packages stand on, catches the failure of a command,
 * says so, and calls `(exit 1)` (guix/build/gnu-build-system.scm; the same in 1.4 and 1.5):
 *
 *     phase `build' failed after 12.3 seconds
 *     command "make" "-j4" failed with status 2
 */
export function findExitStatus(derivation: string, lastWords: string): number | null {
  if (!lastWordsOfGnuBuild.test(lastWords)) return null;
  return basename(readBuilder(derivation) ?? '') === 'guile' ? 1 : null;
}

const lastWordsOfGnuBuild =
  /^phase `[^\n]*' failed after [\d.]+ seconds\ncommand "[^\n]*" failed with (?:status|signal) \d+\n$/m;

/** How much of a log's end is kept for that, in bytes: commands may have many arguments. */
export const lengthOfLastWords = 1 << 14;
