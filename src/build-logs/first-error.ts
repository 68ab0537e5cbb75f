import { causes, consequences, harmless, suspects } from './error-forms.ts';

/** How much a line says of why a build failed; see error-forms.ts. */
export type Weight = 'cause' | 'suspect' | 'consequence';

/** Tells lines that speak of errors from all others. The line is plain text, with its indentation. */
export function weigh(line: string): Weight | undefined {
  const text = line.slice(0, longestLine);
  // This is asked of every line of a log, and the rest only of a few.
  if (!suspicious.test(text)) return undefined;
  // Many a consequence has the form of a cause, too.
  if (hasForm(text, consequences)) return 'consequence';
  if (hasForm(text, harmless)) return undefined;
  if (hasForm(text, causes)) return 'cause';
  return hasForm(text, suspects) ? 'suspect' : undefined;
}

function hasForm(text: string, forms: readonly RegExp[]): boolean {
  return forms.some((form) => form.test(text));
}

/** What each of the forms has a word of. */
const suspicious =
  /error|fail|fatal|undefined|cannot|can't|not (?:ok|found|run)|no (?:such|space|rule|code)|denied|fault|killed|dumped|memory|panic|except|throw to|unbound|in procedure|interrupt|terminated|encountered|what\(\)|\be {3}|\.go:\d|hunk|line \d|chunk \d|abort|backtrace|traceback|stopped|err!|exited|timeout|xpass|zip2?: |^xz: |^tar: |unpack source|without any|\*\*\*/iu;

/** What a line is, it says in its beginning. */
const longestLine = 2000;
