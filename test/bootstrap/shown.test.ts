// What stands in a definition file can't drive a terminal, and no name fills one.
import { expect, test } from 'vitest';
import { describeItems } from '../../src/bootstrap/describe.ts';
import { renderPlan } from '../../src/bootstrap/tree.ts';
import { renderFailure } from '../../src/errors/wording.ts';
import { catchFailure, gnu, planText, source, trivial } from '../support/bootstrap.ts';

const long = 'x'.repeat(3000);
const cut = `${'x'.repeat(60)}…`;
const driving = '\\x1b[31m\\u009b\\u202e';
const shownDriving = '\\x1b[31m\\x9b\\u202e';

function withInputs(inputs: string, builder = '#t'): string {
  return trivial(builder).replace('(arguments', `(inputs ${inputs}) (arguments`);
}

test.for<[text: string, found: string, allowed: string]>([
  [`(define a ${long})`, `the name ${cut}`, 'a name that is defined: a'],
  [`(define ${long} a)`, 'the name a', `a name that is defined: ${cut}`],
  [`(define ${long} 1)(define ${long} 1)`, `a second definition of ${cut}`, 'each name once'],
  [`(define ${long} ${long})`, `${cut}, which is needed for itself,`, 'what is defined without it'],
  [`(define a (let ((${long} 1) (${long} 2)) 3))`, `a second ${cut}`, 'each name once, or let*'],
  [`(use-modules (${long}))`, `the module (${cut.slice(1)}`, expect.stringMatching(/^\(guix …\)/)],
  [gnu(`'(#:${long} 1)`), `#:${cut} of gnu-build-system`, expect.stringMatching(/^#:configure-f/)],
  [gnu(`'(#:${long} 1 #:${long} 2)`), `a second #:${cut.slice(2)}`, 'each keyword once'],
  [gnu(`'(#:${long})`), `#:${cut.slice(2)}`, `#:${cut.slice(2)} and a value`],
  [
    gnu(`'(#:phases (modify-phases %standard-phases (delete '${long})))`),
    ...([`the phase ${cut}`, "one of these: 'unpack 'configure 'build 'check 'install"] as const),
  ],
  [
    withInputs(`\`(("${driving}${long}" ,${source}))`),
    ...([`"${shownDriving}${'x'.repeat(46)}…`, "a file's name: the source goes by it"] as const),
  ],
  [
    `(define b (package (name "b") (version "1") (build-system trivial-build-system) (arguments '(#:builder #t))))${withInputs(`\`(("${driving}${long}" ,b))`, '(mkdir (assoc-ref %build-inputs "y"))')}`,
    ...(['"y"', `"source" "${shownDriving}${'x'.repeat(46)}…`] as const),
  ],
])('names and texts are cut and escaped: %#', ([text, found, allowed]) => {
  expect(catchFailure(() => planText(text))).toMatchObject({ found, allowed });
});

test('where a source comes from', async () => {
  const uri = source.replace('http://x/', 'http://x/\\x1b[31m/');
  const [build] = planText(trivial('#t').replace(source, uri));
  const shelves = { find: () => undefined };
  const { signal } = new AbortController();
  const describe = await describeItems(build === undefined ? [] : [build], { shelves, signal });
  expect(renderPlan(build === undefined ? [] : [build], describe).at(-1)).toBe(
    "└── source a-1.tar.gz: missing, it comes from $'http://x/\\x1b[31m/a-1.tar.gz'",
  );
  const uris = build?.package.source?.uris ?? [];
  const failure = { kind: 'source-missing', package: 'a-1', names: [], uris } as const;
  expect(renderFailure(failure)).toContain("  It comes from $'http://x/\\x1b[31m/a-1.tar.gz'");
});
