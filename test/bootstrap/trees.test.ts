import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { normalize } from '../../src/bootstrap/build/normalize.ts';
import { removeTree } from '../../src/bootstrap/build/trees.ts';
import { expect, test } from '../support/directory.ts';

/** Makes a tree deeper than any path can be, as tests of getcwd(3) in many a configure script do. */
function makeDeep(top: string, depth: number): void {
  const before = process.cwd();
  mkdirSync(top);
  process.chdir(top);
  try {
    for (let level = 0; level < depth; level++) {
      writeFileSync('file', '');
      mkdirSync('confdir3');
      process.chdir('confdir3');
    }
  } finally {
    process.chdir(before);
  }
}

test('a tree that is deeper than a path can be is removed', ({ directory }) => {
  const tree = join(directory, 'tree');
  makeDeep(tree, 3000);
  chmodSync(join(tree, 'confdir3/confdir3'), 0o500);
  removeTree(tree);
  expect(existsSync(tree)).toBe(false);
});

test('an output that is deeper than a path can be is refused by its name', ({ directory }) => {
  const tree = join(directory, 'tree');
  makeDeep(tree, 600);
  expect(() => normalize(tree)).toThrow(
    /^confdir3\/confdir3\/[\w/]+ in its output goes deeper than a path can$/,
  );
});
