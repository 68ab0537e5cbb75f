import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLines } from '../../src/build-logs/lines.ts';
import { expect, test } from '../support/directory.ts';

test.for([
  ['', []],
  ['\n', ['']],
  ['a', ['a']],
  ['a\n\nb', ['a', '', 'b']],
  ['10%\r20%\r\u2028x\n', ['10%\r20%\r\u2028x']],
] as const)('%j', async ([text, lines], { directory }) => {
  const file = join(directory, 'text');
  writeFileSync(file, text);
  expect((await Array.fromAsync(readLines(createReadStream(file)))).flat()).toEqual(lines);
});

test('a line longer than memory is good for comes in pieces', async ({ directory }) => {
  const file = join(directory, 'text');
  const line = 'ü'.repeat(3_000_000);
  writeFileSync(file, `first\n${line}\nlast`);
  const lines = (await Array.fromAsync(readLines(createReadStream(file)))).flat();
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(2 ** 21);
  expect(lines.join('')).toBe(`first${line}last`);
});
