import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packItems, preparePack } from '../../src/bootstrap/pack.ts';
import { expect, test } from '../support/directory.ts';

/** A store with an output of which nobody can see the end: a file of 1 TiB that takes no room. */
function makeEndless(directory: string): string {
  mkdirSync(join(directory, 'store0/x'), { recursive: true });
  const file = join(directory, 'store0/x/endless');
  writeFileSync(file, '');
  truncateSync(file, 2 ** 40);
  return join(directory, 'store0');
}

test('packing is called off in the middle, and leaves nothing', async ({ directory }) => {
  const store = makeEndless(directory);
  const controller = new AbortController();
  const { signal } = controller;
  const shelves = { locate: (output: string) => output };
  const file = join(directory, 'pack.tar.gz');
  const packed = packItems([join(store, 'x')], { shelves, file, signal });
  const ended = expect(packed).rejects.toThrow('enough');
  await expect.poll(() => readdirSync(directory)).toHaveLength(2);
  controller.abort(new Error('enough'));
  await ended;
  expect(readdirSync(directory)).toEqual(['store0']);
});

test('an item of a store that isn’t there', async ({ directory }) => {
  const shelves = {
    locate(output: string): string {
      throw new Error(`none of these stores has ${output}`);
    },
  };
  const { signal } = new AbortController();
  const file = join(directory, 'pack.tar.gz');
  await expect(packItems(['/store7/x'], { shelves, file, signal })).rejects.toMatchObject({
    failure: { kind: 'pack-lost', file, reason: 'none of these stores has /store7/x' },
  });
  expect(readdirSync(directory)).toEqual([]);
});

test('where no archive can be written is told beforehand', async ({ directory }) => {
  mkdirSync(join(directory, 'pack.tar.gz'));
  writeFileSync(join(directory, 'file'), '');
  for (const [name, reason] of [
    ['pack.tar.gz', 'a directory stands in its place'],
    ['file/pack.tar.gz', 'not a directory'],
  ] as const) {
    const file = join(directory, name);
    await expect(preparePack(file)).rejects.toMatchObject({
      failure: { kind: 'pack-lost', file, reason },
    });
  }
  await preparePack(join(directory, 'new/pack.tar.gz'));
  expect(readdirSync(directory)).toEqual(['file', 'new', 'pack.tar.gz']);
});
