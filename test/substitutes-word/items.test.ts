import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chooseItems } from '../../src/substitutes-word/items.ts';
import { expect, test } from '../support/directory.ts';

/** A letter for each item, which its hash is made of. */
function makeStore(store: string, items: Readonly<Record<string, string>>): void {
  for (const [letter, name] of Object.entries(items)) {
    mkdirSync(join(store, `${letter.repeat(32)}-${name}`), { recursive: true });
  }
}

test('packages come first, and nothing that no server has', ({ directory }) => {
  makeStore(directory, {
    a: 'text',
    b: 'hello-2.12/bin',
    c: 'hello.drv',
    d: 'x.lock',
    e: 'libc/lib',
  });
  mkdirSync(join(directory, '.links'));
  const [text, hello, libc] = ['a', 'b', 'e'].map((letter) => letter.repeat(32));
  expect(chooseItems(directory)).toEqual([hello, libc, text]);
  expect(chooseItems(directory, 1)).toEqual([hello]);
});

test('they are from all over the store', ({ directory }) => {
  const letters = Array.from('0123456789abcdfghijklmnpqrsvwxyz');
  makeStore(directory, Object.fromEntries(letters.map((letter) => [letter, 'x/bin'])));
  const chosen = chooseItems(directory, 4);
  expect(chosen.map((hash) => hash[0]).join('')).toBe('08hq');
});

test('no store, no items', () => {
  expect(chooseItems('/nowhere/gnu/store')).toEqual([]);
});
