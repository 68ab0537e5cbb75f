import { expect, test } from 'vitest';
import { writeDatum } from '../../src/bootstrap/scheme/datum.ts';
import { deepest, largestFile, readScheme } from '../../src/bootstrap/scheme/read.ts';
import { catchFailure } from '../support/bootstrap.ts';

test.for<[string, readonly string[]]>([
  ['', []],
  ['a (b #:c) "d"', ['a', '(b #:c)', '"d"']],
  ['12 -3 +4 #o755 #xFF #b101', ['12', '-3', '4', '493', '255', '5']],
  ['#t #false ()', ['#t', '#f', '()']],
  ["'a `(b ,c ,@d)", ['(quote a)', '(quasiquote (b (unquote c) (unquote-splicing d)))']],
  ['; x\n(a ; y )\n #| (b #| c |# |# d #;(e f) #; g)', ['(a d)']],
  ["#;'x y #;#;a b c", ['y', 'c']],
  ['"\\"\\\\\\n\\t\\x41\\u00e9\\U01f600 \\\nx"', ['"\\"\\\\\\n\\tAé😀 x"']],
  ['+ - ... license:gpl3+ %outputs λ', ['+', '-', '...', 'license:gpl3+', '%outputs', 'λ']],
])('reads %j', ([text, data]) => {
  expect(readScheme('b.scm', Buffer.from(text)).map(writeDatum)).toEqual(data);
});

test.for<[text: string, line: number, column: number, found: string]>([
  ['\n (a', 2, 2, 'a list that does not end'],
  ['a\n"é" )', 2, 5, 'a parenthesis that closes no list'],
  ['("a\nb', 1, 2, 'a text that does not end'],
  ['"a\\', 1, 1, 'a text that does not end'],
  ['"ab\\q"', 1, 4, '\\q in a text'],
  ['"\\ud800"', 1, 2, '\\u in a text'],
  ['x #| y', 1, 3, 'a comment that does not end'],
  ["(a ')", 1, 5, "a parenthesis behind '"],
  ['(a #;)', 1, 6, 'a parenthesis behind #;'],
  [' ,@', 1, 2, ',@ with nothing behind it'],
  ['(a . b)', 1, 4, 'a dotted pair'],
  ['#~(begin)', 1, 1, 'the G-expression #~'],
  ['(a #$output)', 1, 4, 'the G-expression #$'],
  ['#\\a', 1, 1, 'the character #\\a'],
  ['#(1 2)', 1, 1, '#'],
  ['[a]', 1, 1, '[a]'],
  ['2.12', 1, 1, 'the number 2.12'],
  ['99999999999999999999', 1, 1, 'the number 99999999999999999999'],
  ['a\0b', 1, 1, 'a\\u0000b'],
])('refuses %j at line %d, column %d', ([text, line, column, found]) => {
  expect(catchFailure(() => readScheme('b.scm', Buffer.from(text)))).toEqual({
    kind: 'definition-refused',
    ...{ file: 'b.scm', line, column, found },
    allowed: expect.stringMatching(/./),
  });
});

test('bytes that are no UTF-8', () => {
  const bytes = Buffer.from([0x0a, 0x61, 0x20, 0xff]);
  expect(catchFailure(() => readScheme('b.scm', bytes))).toMatchObject({ line: 2, column: 3 });
});

test.for<[what: string, text: string, column: number, found: string]>([
  ['signs', "'".repeat(deepest + 1), deepest + 1, `a list inside ${deepest} others`],
  ['lists', '('.repeat(1_000_000), deepest + 1, `a list inside ${deepest} others`],
  ['a file', ' '.repeat(largestFile + 1), 1, `a file of ${largestFile + 1} bytes`],
])('refuses too much: %s', ([, text, column, found]) => {
  const failure = catchFailure(() => readScheme('b.scm', Buffer.from(text)));
  expect(failure).toMatchObject({ kind: 'definition-refused', line: 1, column, found });
});
