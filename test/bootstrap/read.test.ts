import { expect, test } from 'vitest';
import { writeDatum } from '../../src/bootstrap/scheme/datum.ts';
import { deepestList, largestFile } from '../../src/bootstrap/scheme/limits.ts';
import { readScheme } from '../../src/bootstrap/scheme/read.ts';
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

const atoms = 'a text, a whole number, #t, #f, a symbol or a keyword';
const escapes = String.raw`\" \\ \n \t \r \a \b \f \v \0 \xHH \uHHHH \UHHHHHH`;

test.for<[text: string, line: number, column: number, found: string, allowed: string]>([
  ['\n (a', 2, 2, 'a list that does not end', 'a list with a closing parenthesis'],
  ['a\n"é" )', 2, 5, 'a parenthesis that closes no list', 'a definition'],
  ['("a\nb', 1, 2, 'a text that does not end', 'a text with a closing "'],
  ['"a\\', 1, 1, 'a text that does not end', 'a text with a closing "'],
  ['"ab\\q"', 1, 4, '\\q in a text', escapes],
  ['"\\ud800"', 1, 2, '\\u in a text', escapes],
  ['x #| y', 1, 3, 'a comment that does not end', 'a comment that |# ends'],
  ["(a ')", 1, 5, "a parenthesis behind '", 'a datum'],
  ['(a #;)', 1, 6, 'a parenthesis behind #;', 'a datum'],
  [' ,@', 1, 2, ',@ with nothing behind it', ',@ and a datum'],
  ['(a . b)', 1, 4, 'a dotted pair', atoms],
  ['#~(begin)', 1, 1, 'the G-expression #~', atoms],
  ['(a #$output)', 1, 4, 'the G-expression #$', atoms],
  ['#\\a', 1, 1, 'the character #\\a', atoms],
  ['#(1 2)', 1, 1, '#', atoms],
  ['[a]', 1, 1, '[a]', atoms],
  ['2.12', 1, 1, 'the number 2.12', atoms],
  ['99999999999999999999', 1, 1, 'the number 99999999999999999999', atoms],
  ['a\0b', 1, 1, 'a\\x00b', atoms],
  // What would drive a terminal, or turn the direction of writing.
  ['#\\\u001b[31m', 1, 1, 'the character #\\\\x1b[31m', atoms],
  ['a\u009b31m', 1, 1, 'a\\x9b31m', atoms],
  ['a\u202eb', 1, 1, 'a\\u202eb', atoms],
  ['"\\\u001b"', 1, 2, '\\\\x1b in a text', escapes],
  ['"\\😀"', 1, 2, '\\😀 in a text', escapes],
  [`[${'😀'.repeat(100)}`, 1, 1, `[${'😀'.repeat(59)}…`, atoms],
  [`#\\${'a'.repeat(100)}`, 1, 1, `the character #\\${'a'.repeat(58)}…`, atoms],
])('refuses %j at line %d, column %d', ([text, line, column, found, allowed]) => {
  expect(catchFailure(() => readScheme('b.scm', Buffer.from(text)))).toEqual({
    kind: 'definition-refused',
    ...{ file: 'b.scm', line, column, found },
    allowed,
  });
});

test('bytes that are no UTF-8', () => {
  const bytes = Buffer.from([0x0a, 0x61, 0x20, 0xff]);
  expect(catchFailure(() => readScheme('b.scm', bytes))).toMatchObject({ line: 2, column: 3 });
});

test.for<[what: string, text: string, column: number, found: string]>([
  ['signs', "'".repeat(deepestList + 1), deepestList + 1, `a list inside ${deepestList} others`],
  ['lists', '('.repeat(1_000_000), deepestList + 1, `a list inside ${deepestList} others`],
  ['a file', ' '.repeat(largestFile + 1), 1, `a file of ${largestFile + 1} bytes`],
])('refuses too much: %s', ([, text, column, found]) => {
  const failure = catchFailure(() => readScheme('b.scm', Buffer.from(text)));
  expect(failure).toMatchObject({ kind: 'definition-refused', line: 1, column, found });
});
