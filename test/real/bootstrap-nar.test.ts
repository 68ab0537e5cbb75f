// The hashes that a bootstrap goes by are Guix's own.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { hashNar } from '../../src/bootstrap/nar.ts';
import { decodeNixBase32, encodeNixBase32 } from '../../src/store/base32.ts';
import { expect, runIn, test } from '../support/real.ts';

/** What may stand in a directory. */
type Tree =
  | { readonly is: 'file'; readonly content: Uint8Array; readonly mode: number }
  | { readonly is: 'link'; readonly target: string }
  | { readonly is: 'directory'; readonly entries: readonly (readonly [string, Tree])[] };

const name = fc.oneof(
  fc.constantFrom(
    ' ',
    '-',
    '--help',
    'é',
    '日本',
    '😀',
    'a\nb',
    '\\',
    '"',
    "'",
    '*',
    '.x',
    'A',
    'a',
  ),
  fc.constantFrom('a-b', 'a.b', 'a_b', 'ab', '~', '#x#', '%s', '\u{ffff}', '\u{10000}'),
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .map((text) => text.replaceAll(/[/\0]/g, '_'))
    .filter((text) => text !== '.' && text !== '..' && text.isWellFormed()),
);

const content = fc.oneof(
  fc.constantFrom(0, 1, 7, 8, 9, 131_071, 131_072, 131_073).map((size) => new Uint8Array(size)),
  fc.uint8Array({ maxLength: 300 }),
);

const { tree } = fc.letrec<{ tree: Tree; directory: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({
      is: fc.constant('file' as const),
      content,
      mode: fc.constantFrom(0o644, 0o755, 0o444, 0o555, 0o600, 0o700, 0o654, 0o645),
    }),
    fc.record({ is: fc.constant('link' as const), target: name }),
    tie('directory'),
  ),
  directory: fc.record({
    is: fc.constant('directory' as const),
    entries: fc.uniqueArray(fc.tuple(name, tie('tree')), {
      maxLength: 6,
      selector: ([entry]) => entry,
    }),
  }),
}));

function write(path: string, what: Tree): void {
  if (what.is === 'link') {
    symlinkSync(what.target, path);
  } else if (what.is === 'file') {
    writeFileSync(path, what.content);
    chmodSync(path, what.mode);
  } else {
    mkdirSync(path);
    for (const [entry, inner] of what.entries) write(join(path, entry), inner);
  }
}

const count = 500;

test(`NAR hashes and base32 are those of guix hash, of ${count} trees`, async ({ world }) => {
  const trees = fc.sample(tree, { seed: 20_261_127, numRuns: count });
  const kinds = Map.groupBy(trees, ({ is }) => is);
  expect([...kinds].map(([is]) => is).toSorted()).toEqual(['directory', 'file', 'link']);
  const ours: string[] = [];
  for (const [index, one] of trees.entries()) {
    const path = world.at(`/job/tree-${index}`);
    write(path, one);
    ours.push(encodeNixBase32(await hashNar(path)));
  }
  const names = trees.map((_, index) => `tree-${index}`);
  const { status, stdout } = await runIn(world, ['guix', 'hash', '-r', ...names]);
  expect({ status, hashes: stdout.trim().split('\n') }).toEqual({ status: 0, hashes: ours });
});

test(`SHA-256 in base32 is that of guix hash, of ${count} files`, async ({ world }) => {
  const files = fc.sample(fc.uint8Array({ maxLength: 64 }), { seed: 20_261_127, numRuns: count });
  for (const [index, bytes] of files.entries()) writeFileSync(world.at(`/job/${index}`), bytes);
  const hashes = files.map((bytes) => createHash('sha256').update(bytes).digest());
  const { stdout } = await runIn(world, [
    'guix',
    'hash',
    ...files.map((_, index) => String(index)),
  ]);
  const theirs = stdout.trim().split('\n');
  expect(theirs).toEqual(hashes.map(encodeNixBase32));
  expect(theirs.map((text) => decodeNixBase32(text, 32))).toEqual(hashes);
});
