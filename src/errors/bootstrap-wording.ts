import { dirname } from 'node:path';
import { quoteWords } from '../events/quote.ts';
import { renderEnding } from '../processes/ending.ts';
import type { BootstrapFailure } from './bootstrap-failure.ts';
import type { Words } from './words.ts';

const seeLanguage = "'guix-entry-point bootstrap --help' has the language.";

/** What can go wrong with a bootstrap, in words. */
export const bootstrapWords: Pick<Words, BootstrapFailure['kind']> = {
  'no-definition-file': () => ({
    headline: "'guix-entry-point bootstrap' needs a definition file.",
    hint: "Name it: 'guix-entry-point bootstrap bootstrap0.scm'.",
  }),
  'input-unreadable': ({ file, reason }) => ({
    headline: `Cannot read ${file}: ${reason}.`,
    hint: `'ls -l ${quoteWords([file])}' shows what it is.`,
  }),
  'stage-missing': ({ file, neededBy }) => ({
    headline: `Cannot find ${file}, which ${neededBy} goes on with.`,
    hint: `Put it there; a file that stands alone is bootstrap0.scm, or has any other name.`,
  }),
  'definition-refused': ({ file, line, column, found, allowed }) => ({
    headline: `${file}:${line}:${column}: ${found} is not understood here.`,
    hint: `Allowed here: ${allowed}. ${seeLanguage}`,
  }),
  'no-package': ({ file }) => ({
    headline: `${file} defines no package.`,
    hint: `'(define-public NAME (package …))' defines one. ${seeLanguage}`,
  }),
  'package-ambiguous': ({ name, file, variables }) => ({
    headline: `${file} has more than one package ${quoteName(name)}.`,
    hint: `Name the one that is meant as it is defined: ${variables.join(' or ')}.`,
  }),
  'package-unknown': ({ name, file, known, nearest }) => ({
    headline: `${file} has no package ${quoteName(name)}.`,
    hint: `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}A package is named as it is defined, or by its name, with or without '@' and its version.`,
    quote: { heading: 'These are there:', lines: [known.join(' ')] },
  }),
  'source-missing': ({ package: name, names, uris }) => ({
    headline: `Cannot find the source of ${name} in the working directory.`,
    hint: 'Nothing is downloaded: fetch it yourself, and put it here under one of these names.',
    quote: {
      heading: 'Looked for:',
      lines: [...names, ...uris.map((uri) => `It comes from ${quoteWords([uri])}`)],
    },
  }),
  'source-mismatch': ({ package: name, file, expected, actual }) => ({
    headline: `${file} is not the source of ${name}: its SHA-256 is another.`,
    hint: `Fetch it again; if this is the right one, correct the definition: (base32 "${actual}").`,
    quote: { heading: 'SHA-256:', lines: [`expected: ${expected}`, `actual:   ${actual}`] },
  }),
  'host-tool-missing': ({ tool, path }) => ({
    headline: `Cannot find the host tool '${tool}'.`,
    hint: `Install it, or leave it out of --host-tools. Looked at: ${path}`,
  }),
  'store-in-use': ({ directory }) => ({
    headline: `Cannot use ${directory}: another bootstrap is at work there.`,
    hint: `Wait for its end, or work in another directory: the store is made where you are.`,
  }),
  'store-unusable': ({ directory, isFull, reason }) => ({
    headline: `Cannot use ${directory}: ${reason}.`,
    hint: `'${isFull ? 'df -h' : 'ls -ld'} ${quoteWords([directory])}' shows what ${isFull ? 'is left' : 'it is'}.`,
  }),
  'manifest-unusable': ({ file, directory, reason }) => ({
    headline: `Cannot use ${file}: ${reason}.`,
    hint: `Put back what stood there, or begin the store anew: 'mv ${directory} ${directory}.old'.`,
  }),
  'package-build-failed': ({ package: name, phase, command, ending, reason, log, isKept }) => ({
    headline: `The build of ${name} failed${phase === undefined ? '' : `, in phase '${phase}'`}: ${[
      ...(command === undefined ? [] : [`'${quoteWords(command)}'`]),
      ...(ending === undefined ? [] : [renderEnding(ending)]),
      ...(reason === undefined ? [] : [reason]),
    ].join(': ')}.`,
    hint: `Its log is ${log}.${isKept ? '' : " '--keep-failed' leaves what it has come to."}`,
  }),
  'output-mismatch': ({ package: name, expected, actual, kept }) => ({
    headline: `The build of ${name} did not come to what #:output-hash says.`,
    hint: `What it came to is ${kept}. If that is right, correct the definition: #:output-hash "${actual}".`,
    quote: { heading: 'NAR hash:', lines: [`expected: ${expected}`, `actual:   ${actual}`] },
  }),
  'output-changed': ({ output, recorded, actual }) => ({
    headline: `${output} is not as it was built.`,
    hint: `Remove it to build it again: 'find ${quoteWords([output])} -type d -exec chmod u+w {} + && rm -rf ${quoteWords([output])}'.`,
    quote: { heading: 'NAR hash:', lines: [`built: ${recorded}`, `now:   ${actual}`] },
  }),
  'rounds-differ': ({ package: name, differences, kept }) => ({
    headline: `Two builds of ${name} came to different outputs.`,
    hint: `'diff -r --no-dereference ${quoteWords(kept)}' shows it.`,
    quote: { heading: 'What differs:', lines: differences },
  }),
  'item-unpackable': ({ item, reason }) => ({
    headline: `Cannot pack ${item}: ${reason}.`,
    hint: 'Names in an archive are text in UTF-8. Let the build give it such a name.',
  }),
  'pack-lost': ({ file, isFull, reason }) => ({
    headline: `Cannot write ${file}: ${reason}.`,
    hint: isFull
      ? `'df -h ${quoteWords([dirname(file)])}' shows what is left.`
      : "Name another file: '--pack=FILE.tar.gz'.",
  }),
};

/** In quotes, whatever it is. */
function quoteName(name: string): string {
  const quoted = quoteWords([name]);
  return quoted === name ? `'${name}'` : quoted;
}
