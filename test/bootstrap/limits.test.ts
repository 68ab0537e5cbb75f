// Definitions that would be the end of us, by what they come to or by how deep they go.
import { expect, test } from 'vitest';
import { longestRow } from '../../src/bootstrap/scheme/limits.ts';
import { renderPlan } from '../../src/bootstrap/tree.ts';
import { catchFailure, gnu, planText, source } from '../support/bootstrap.ts';

/** For each number, a text of its own. */
function each(count: number, text: (number: number) => string, between = '\n'): string {
  return Array.from({ length: count }, (_, number) => text(number)).join(between);
}

/** `a1` is what `a0` is, twice, and so on. */
function double(times: number, twice: (name: string) => string): string {
  return each(times, (n) => `(define a${n + 1} ${twice(`a${n}`)})`);
}
const doubleText = (name: string): string => `(string-append ${name} ${name})`;
const doubleList = (name: string): string => `\`(,@${name} ,@${name})`;

/** `a19` is a text of a mebibyte. */
const longText = `(define a0 "xy")${double(19, doubleText)}`;
/** `a14` is a list of 16384 items. */
const longList = (item: string): string => `(define a0 (list ${item}))${double(14, doubleList)}`;

function packages(count: number, fields: string): string {
  const trivially = '(version "1") (build-system trivial-build-system)';
  return each(count, (n) => `(define p${n} (package (name "p${n}") ${trivially} ${fields}))`);
}
const idle = `(arguments '(#:builder #t))`;
const inCode = each(19, (n) => `(a${n + 1} ${doubleText(`a${n}`)})`, '');
const builder = `(let* ((a0 "xy") ${inCode}) (mkdir a19))`;
const address = source.replace('"http://x/a-1.tar.gz"', 'l) (file-name "x"');

test.for<[what: string, text: string]>([
  ['a text', `(define a0 "x")${double(60, doubleText)}`],
  ['a text longer than one can be', `${longText}(define b (string-append ${'a19 '.repeat(600)}))`],
  ['texts', `${longText}${each(6000, (n) => `(define b${n} (string-append a19 "y"))`)}`],
  ['a list', `(define a0 (list 1))${double(60, doubleList)}`],
  ['a list longer than one can be', `${longList('1')}(define b \`(${',@a14 '.repeat(60_000)}))`],
  ['lists', `${longList('1')}${each(6000, (n) => `(define b${n} \`(,@a14))`)}`],
  [
    'lists in lists',
    `(define a0 (list 1))${double(60, (name) => `(list ${name} ${name})`)}${gnu('(list #:make-flags a60)')}`,
  ],
  ['code', `${longList(`'${'x'.repeat(100_000)}`)}${gnu('(list #:make-flags a14)')}`],
  ['arguments', `${longText}${packages(6000, '(arguments (list #:builder a19))')}`],
  ['texts in code', packages(1000, `(arguments '(#:builder ${builder}))`)],
  [
    'texts in the same code',
    `(define c '${builder})${packages(6000, '(arguments `(#:builder ,c))')}`,
  ],
  [
    'inputs',
    `${packages(3000, idle)}(define l (list ${each(3000, (n) => `p${n}`, ' ')}))
${packages(3000, `${idle} (inputs l)`).replaceAll('(define p', '(define q')}`,
  ],
  [
    'addresses',
    `${longText}(define l (list a19 a19))${each(3000, (n) => `(define b${n} ${address})`)}`,
  ],
])('what makes too much of a file: %s', ([, text]) => {
  expect(catchFailure(() => planText(text))).toMatchObject({
    found: 'what makes more than 4194304 characters of this file',
    allowed: 'less in all; what is used again counts again',
  });
});

test('as much as a file may come to, and one character more', () => {
  const most = `${longText}(define b (string-append a19 a19))(define c (string-append "abcd" ""))`;
  expect(planText(most)).toEqual([]);
  expect(catchFailure(() => planText(most.replace('abcd', 'abcde')))).toMatchObject({
    found: 'what makes more than 4194304 characters of this file',
  });
});

/** Packages, each of which needs the one before it. */
function row(length: number): readonly string[] {
  return Array.from({ length }, (_, n) => {
    const needed = n === 0 ? '' : `b${n - 1}`;
    return `(define b${n} (package (name "b") (version "1") (source s)
(build-system gnu-build-system) (inputs (list ${needed}))))`;
  });
}
const define = `(define s ${source})\n`;
const tooManyExpressions = 'what 500 expressions wait for';
const fewerExpressions = 'fewer, each inside of another or needed by it';

test.for<[what: string, text: string, found: string, allowed: string]>([
  [
    'names that need those further down',
    each(20_000, (n) => `(define a${n} (list a${n + 1}))`),
    ...([tooManyExpressions, fewerExpressions] as const),
  ],
  [
    'lists in lists in lists',
    `(define a0 "x")${double(20_000, (name) => `(list ${name})`)}${gnu('(list #:make-flags a20000)')}`,
    ...(['a list inside 200 others', '200 at most'] as const),
  ],
  [
    'packages that need those further down',
    define + row(5000).toReversed().join('\n'),
    ...([tooManyExpressions, fewerExpressions] as const),
  ],
  [
    'packages that need those before them',
    define + row(longestRow + 1).join('\n'),
    'a package behind 500 others, each needed by the next,',
    '500 in a row at most',
  ],
])('refuses a row that is too long: %s', ([, text, found, allowed]) => {
  const refused = { kind: 'definition-refused', found, allowed };
  expect(catchFailure(() => planText(text))).toMatchObject(refused);
});

test('the longest row of packages is planned, and shown as a tree', () => {
  const builds = planText(define + row(longestRow).join('\n'));
  const lines = renderPlan(builds.slice(-1), ({ is }) => is);
  // Of each package the source, too.
  expect(lines).toHaveLength(2 * longestRow);
  expect(lines.slice(0, 4)).toEqual(['build', '├── source', '└── build', '    ├── source']);
  expect(lines.at(-1)).toBe(`${' '.repeat(4 * (longestRow - 1))}└── source`);
});

test('many names at once', () => {
  const names = each(20_000, (n) => `(x${n} "y")`, ' ');
  const used = each(20_000, (n) => `x${n}`, ' ');
  const text = `(define a (let* (${names} (z x0)) (string-append z ${used})))`;
  expect(planText(text)).toEqual([]);
});
