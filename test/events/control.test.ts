import { expect, test } from 'vitest';
import { neutralize } from '../../src/events/control.ts';

const e = '\u001B';

test.for([
  ['text stays', 'a\tü 😀 ‘x’', 'a\tü 😀 ‘x’'],
  ['a CR at the end is dropped', 'a\r', 'a'],
  ['a title', `${e}]0;title\u0007`, '^[]0;title^G'],
  ['a link', `${e}]8;;http://x${e}\\x`, '^[]8;;http://x^[\\x'],
  ['the clipboard', `${e}]52;c;eA==\u0007`, '^[]52;c;eA==^G'],
  ['a device control string', `${e}P$q"p${e}\\`, '^[P$q"p^[\\'],
  ['the cursor', `${e}[2A${e}[1;1H`, '^[[2A^[[1;1H'],
  ['clearing', `${e}[2J${e}c`, '^[[2J^[c'],
  ['erasing what stands before', `${e}[1K${e}[2K`, '^[[1K^[[2K'],
  ['a private mode', `${e}[?1049h${e}[>4;1m`, '^[[?1049h^[[>4;1m'],
  ['a colour that does not end', `${e}[31`, '^[[31'],
  ['C1 controls', '\u009B31m\u0080\u009F', 'M-^[31mM-^@M-^_'],
  ['the rest of ASCII', '\0\b\v\f\u007F', '^@^H^K^L^?'],
  ['a newline', 'a\nb', 'a^Jb'],
  ['directions of writing', '\u202Eabc\u2066\u200F', '<U+202E>abc<U+2066><U+200F>'],
  ['a progress bar', ' 10%\r 20%\r100%', '100%'],
  ['a shorter version leaves what it does not overwrite', 'abcdef\rxy', 'xycdef'],
  ['a progress bar that ends in the beginning', '10%\r20%\r', '20%'],
  ['a wide version may have begun another row', `${'a'.repeat(80)}\rb`, `${'a'.repeat(80)}^Mb`],
  ['other letters may take two columns', 'ü\rb', 'ü^Mb'],
  ['a progress bar with sequences', `10%\r${e}[K20%`, '10%^M^[[K20%'],
] as const)('%s', ([, line, shown]) => {
  for (const colors of [true, false]) expect(neutralize(line, { colors })).toBe(shown);
});

test.for([
  [`${e}[31mred${e}[m x`, `${e}[31mred${e}[m x`, 'red x'],
  [`${e}[1;31mred${e}[0m`, `${e}[1;31mred${e}[0m`, 'red'],
  [`${e}[38:2::1:2:3mred`, `${e}[38:2::1:2:3mred${e}[0m`, 'red'],
  [`${e}[0m${e}[38;5;0mblack`, `${e}[0m${e}[38;5;0mblack${e}[0m`, 'black'],
  [`${e}[01;31m${e}[Kerror: ${e}[m${e}[Kx`, `${e}[01;31merror: ${e}[mx`, 'error: x'],
  [`${e}[31mred${e}]0;x`, `${e}[31mred^[]0;x${e}[0m`, 'red^[]0;x'],
] as const)('colours: %j', ([line, colored, plain]) => {
  expect(neutralize(line, { colors: true })).toBe(colored);
  expect(neutralize(line, { colors: false })).toBe(plain);
});

/** What is quadratic would hang here: each takes a hundredth of a second. */
test.for(['\r', `${e}[1`, `${e}[31m`, `${e}]`, 'ab\r', '\u202E', `${'\r'.repeat(999)}x`])(
  'a line of 2 MB of %j',
  (part) => {
    const line = part.repeat(2_000_000 / part.length);
    expect(neutralize(line, { colors: true })).not.toMatch(/[\r\u202E]/u);
  },
);
