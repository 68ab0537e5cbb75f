import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees } from '../../src/bootstrap/build/compare.ts';
import { expect, test } from '../support/directory.ts';

test('names and targets that are no text', async ({ directory }) => {
  const trees = ['one', 'other'].map((name) => join(directory, name));
  for (const [index, tree] of trees.entries()) {
    const at = (name: string): Buffer => Buffer.from(`${tree}/${name}`, 'latin1');
    mkdirSync(tree);
    mkdirSync(at('\xd1'));
    writeFileSync(at('\xd1/\xe4'), 'the same');
    writeFileSync(at('\xd1/\xf6'), `round ${index}`);
    writeFileSync(at(['\xfe', '\xff'][index] ?? ''), '');
    symlinkSync(Buffer.from([0x6c, 0xe0 + index]), at('l'));
    symlinkSync(Buffer.of(0xff), at('m'));
  }
  const [one = '', other = ''] = trees;
  const { signal } = new AbortController();
  expect(await compareTrees(one, other, signal)).toEqual([
    "l: links to $'l\\xe0' and $'l\\xe1'",
    "$'\\xd1/\\xf6': the content",
    "$'\\xfe': a file and nothing",
    "$'\\xff': nothing and a file",
  ]);
  expect(await compareTrees(one, one, signal)).toEqual([]);
});
