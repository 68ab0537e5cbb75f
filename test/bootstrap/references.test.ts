import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanTree } from '../../src/bootstrap/build/references.ts';
import { expect, test } from '../support/directory.ts';

const never = new AbortController().signal;

/** The path of an item whose hash is a number. */
function nameItem(number: number): string {
  return `/store0/${String(number).padStart(32, '0')}-item`;
}

/** As an archive has a file's content, in pieces of so many bytes. */
const pieceSize = 1 << 17;

test.for<[where: string, before: string, behind: string]>([
  ['in the beginning', '', '-item'],
  ['in the end', '/store0/', ''],
  ['among other digits', '0123', '4567'],
  ['behind bytes that are no text', '\xff\0', '\xff'],
  ['with its first digit in another piece', '.'.repeat(pieceSize - 1), '.'],
  ['in two pieces', '.'.repeat(pieceSize - 16), '.'],
  ['with its last digit in another piece', '.'.repeat(pieceSize - 31), '.'],
])('a hash %s is a reference', async ([, before, behind], { directory }) => {
  const file = join(directory, 'file');
  writeFileSync(file, `${before}${'q'.repeat(31)}z${behind}`, 'latin1');
  const item = `/store0/${'q'.repeat(31)}z-item`;
  const candidates = [nameItem(1), item, nameItem(2)];
  expect(await scanTree(file, candidates, never)).toMatchObject({ references: [item] });
});

test('what names and links say are references, and what no candidate has is none', async ({
  directory,
}) => {
  const [name, target, other] = [nameItem(7), nameItem(5), nameItem(6)];
  mkdirSync(join(directory, name.slice('/store0/'.length)));
  symlinkSync(target, join(directory, 'link'));
  writeFileSync(join(directory, 'file'), `${other} ${nameItem(8).slice(0, -6)} ${'0'.repeat(31)}`);
  const candidates = [name, nameItem(9), target];
  expect(await scanTree(directory, candidates, never)).toMatchObject({
    references: [target, name],
  });
});

// By each of them in each piece, this would take minutes.
test('many candidates and many files', { timeout: 60_000 }, async ({ directory }) => {
  const candidates = Array.from({ length: 100_000 }, (_, number) => nameItem(number));
  for (let number = 0; number < 500; number++) writeFileSync(join(directory, `${number}`), '.');
  writeFileSync(join(directory, 'file'), nameItem(99_999));
  expect(await scanTree(directory, candidates, never)).toMatchObject({
    references: [nameItem(99_999)],
  });
});
