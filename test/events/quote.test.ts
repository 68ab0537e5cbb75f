import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { quoteWords } from '../../src/events/quote.ts';

test.for([
  [['guix', 'package', '-i', 'guile'], 'guix package -i guile'],
  [
    ['guix', 'build', '--substitute-urls=http://127.0.0.1:80/x'],
    'guix build --substitute-urls=http://127.0.0.1:80/x',
  ],
  [['A=b', 'x'], "'A=b' x"],
  [['', ' ', '~', '*', '$HOME', '`id`', '!', '#'], "'' ' ' '~' '*' '$HOME' '`id`' '!' '#'"],
  [["it's"], `'it'\\''s'`],
  [['a\nb', "\t\\'", '\x1b[31m'], `$'a\\nb' $'\\t\\\\\\'' $'\\x1b[31m'`],
  [['größe', '日本'], "'größe' '日本'"],
] as const)('%j', ([words, line]) => {
  expect(quoteWords(words)).toBe(line);
});

test('bash reads what was quoted, whatever bytes a word holds', () => {
  const everyCharacter = Array.from({ length: 0x2ff }, (_, code) => String.fromCharCode(code + 1));
  const words = [...everyCharacter, everyCharacter.join(''), '-', '--', '=', 'a=', '-=', '\\', "'"];
  const line = quoteWords(words);
  expect(line).not.toMatch(/[\p{Cc}]/u);
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const output = execFileSync('bash', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8', env });
  expect(output.split('\0').slice(0, -1)).toEqual(words);
});
