import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { vi } from 'vitest';
import { read, runIn, write } from '../support/cache-run.ts';
import { expect, test } from '../support/directory.ts';

// The C library is called by what travels inside the executable; here it is beside us.
vi.mock('node:sea', async () => (await import('../support/koffi.ts')).sea);

/** A directory that is staged, and the same on both sides. */
async function prepare(directory: string): Promise<{ home: string; staged: string }> {
  const [home, staged] = [`${directory}/.cache`, `${directory}/staged`];
  for (const name of ['a/b/one', 'a/two', 'top']) write(`${home}/${name}`, 'old');
  await runIn(directory, staged);
  return { home, staged };
}

/** Something else takes a directory's place. */
function replace(path: string, time: number): void {
  rmSync(path, { recursive: true });
  write(path, 'file');
  utimesSync(path, time, time);
}

const [past, future] = [1, 4_000_000_000];

test('a file in place of a directory in the staging directory, outside a run', async ({
  directory,
}) => {
  const { home, staged } = await prepare(directory);
  replace(`${staged}/a`, past);
  await runIn(directory, staged);
  expect([read(`${staged}/a`), read(`${home}/a`)]).toEqual(['file', 'file']);
});

test('a file in place of a directory at home, during a run', async ({ directory }) => {
  const { home, staged } = await prepare(directory);
  await runIn(directory, staged, () => {
    replace(`${home}/a`, past);
    write(`${staged}/other`, 'new');
  });
  expect([read(`${home}/a`), read(`${home}/other`)]).toEqual(['file', 'new']);
  await runIn(directory, staged);
  expect(read(`${staged}/a`)).toBe('file');
});

test('the same, and something in the directory changed: the later counts, and is whole', async ({
  directory,
}) => {
  const { home, staged } = await prepare(directory);
  await runIn(directory, staged, () => {
    replace(`${home}/a`, past);
    write(`${staged}/a/b/three`, 'new');
  });
  expect(readdirSync(`${home}/a`)).toEqual(['b', 'two']);
  expect(readdirSync(`${home}/a/b`)).toEqual(['one', 'three']);
  await runIn(directory, staged, () => {
    replace(`${home}/a`, future);
    write(`${staged}/a/b/four`, 'new');
  });
  expect(read(`${home}/a`)).toBe('file');
  await runIn(directory, staged);
  expect(read(`${staged}/a`)).toBe('file');
});

test('a file in the staging directory, and a later change in the directory at home', async ({
  directory,
}) => {
  const { home, staged } = await prepare(directory);
  replace(`${staged}/a`, past);
  write(`${home}/a/b/three`, 'new');
  await runIn(directory, staged);
  for (const tree of [home, staged]) {
    expect(readdirSync(`${tree}/a/b`)).toEqual(['one', 'three']);
    expect(read(`${tree}/a/two`)).toBe('old');
  }
});

test('a directory in place of a file, on each side', async ({ directory }) => {
  const { home, staged } = await prepare(directory);
  await runIn(directory, staged, () => {
    rmSync(`${staged}/top`);
    mkdirSync(`${staged}/top`);
    write(`${staged}/top/deep/file`, 'new');
  });
  expect(read(`${home}/top/deep/file`)).toBe('new');
  rmSync(`${home}/a/two`);
  write(`${home}/a/two/file`, 'new');
  await runIn(directory, staged);
  expect(read(`${staged}/a/two/file`)).toBe('new');
  expect(existsSync(`${staged}/a/b/one`)).toBe(true);
});
