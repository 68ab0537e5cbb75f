import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseKeys } from '../../src/substitutes-word/choose-keys.ts';
import { expect, test } from '../support/directory.ts';

const known = ['berlin.guix.gnu.org.pub', 'ci.guix.moe.pub'];
const files = known.map((name) => ({ name, read: () => name }));

test('without names, all of ours', () => {
  expect(chooseKeys([], files)).toEqual({ chosen: files, failures: [] });
});

test('by name, also without its end, and each once', () => {
  const names = ['ci.guix.moe', 'berlin.guix.gnu.org.pub', 'ci.guix.moe.pub'];
  expect(chooseKeys(names, files).chosen).toEqual(files.toReversed());
});

test('any file, by its path', ({ directory }) => {
  const file = join(directory, 'my.key');
  writeFileSync(file, 'text');
  const { chosen, failures } = chooseKeys([file], files);
  expect(failures).toEqual([]);
  expect(chosen.map(({ name, read }) => [name, read()])).toEqual([[file, 'text']]);
});

test.for([
  ['berlin', 'berlin.guix.gnu.org.pub'],
  ['moe', 'ci.guix.moe.pub'],
  ['ci.giux.moe', 'ci.guix.moe'],
  ['bayfront', undefined],
  ['', undefined],
] as const)('«%s» is none, and «%s» may be meant', ([name, nearest]) => {
  const failure = { kind: 'key-not-found', name, known, ...(nearest && { nearest }) };
  expect(chooseKeys([name], files)).toEqual({ chosen: [], failures: [failure] });
});
