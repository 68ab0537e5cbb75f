import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openTarget } from '../../src/build-logs/target.ts';
import { expect, test } from '../support/directory.ts';

/** Writes a text to where `name` may stand, and returns the path it got. */
async function keep(directory: string, name: string, text: string): Promise<string> {
  await using target = await openTarget(directory, name);
  target.write(Buffer.from(text));
  return await target.keep();
}

test('the file has its name when it is whole, and no other', async ({ directory }) => {
  await using target = await openTarget(directory, 'x.drv');
  target.write(Buffer.from('one\n'));
  expect(readdirSync(directory)).toEqual([expect.stringMatching(/^\.guix-entry-point-/)]);
  target.write(Buffer.from('two\n'));
  expect(await target.keep()).toBe(join(directory, 'x.drv'));
  await target[Symbol.asyncDispose]();
  expect(readdirSync(directory)).toEqual(['x.drv']);
  expect(readFileSync(join(directory, 'x.drv'), 'utf8')).toBe('one\ntwo\n');
});

test('nothing is left of one that is not kept', async ({ directory }) => {
  {
    await using target = await openTarget(directory, 'x.drv');
    target.write(Buffer.from('one\n'));
  }
  expect(readdirSync(directory)).toEqual([]);
});

test('the directory is made', async ({ directory }) => {
  const deep = join(directory, 'to/be/made');
  expect(await keep(deep, 'x.drv', 'text\n')).toBe(join(deep, 'x.drv'));
});

test('a file with the same content will do, even if nobody may write to it', async ({
  directory,
}) => {
  const file = join(directory, 'x.drv');
  writeFileSync(file, 'text\n');
  chmodSync(file, 0o400);
  const before = lstatSync(file, { bigint: true });
  expect(await keep(directory, 'x.drv', 'text\n')).toBe(file);
  const { ino, mtimeNs, mode } = lstatSync(file, { bigint: true });
  expect({ ino, mtimeNs, mode }).toEqual({
    ino: before.ino,
    mtimeNs: before.mtimeNs,
    mode: before.mode,
  });
  expect(readdirSync(directory)).toEqual(['x.drv']);
});

test('each other text gets a name of its own', async ({ directory }) => {
  const texts = ['one', 'two', 'three', 'two'];
  const files: string[] = [];
  for (const text of texts) files.push(await keep(directory, 'x.drv', text));
  expect(files).toEqual(
    ['x.drv', 'x.drv.1', 'x.drv.2', 'x.drv.1'].map((name) => join(directory, name)),
  );
  expect(readdirSync(directory)).toEqual(['x.drv', 'x.drv.1', 'x.drv.2']);
});

const obstacles: readonly (readonly [string, (file: string) => void])[] = [
  ['a link to a file with the same content', (file) => symlinkSync('../outside/same', file)],
  ['a link out of the directory', (file) => symlinkSync('../outside/mine', file)],
  ['a link to nothing', (file) => symlinkSync('../outside/new', file)],
  ['a link to itself', (file) => symlinkSync('x.drv', file)],
  ['a FIFO', (file) => execFileSync('mkfifo', [file])],
  ['a directory', (file) => mkdirSync(file)],
];

test.for(obstacles)('%s in its place stays', async ([, place], { directory }) => {
  const [inside, outside] = [join(directory, 'inside'), join(directory, 'outside')];
  mkdirSync(inside);
  mkdirSync(outside);
  writeFileSync(join(outside, 'same'), 'text\n');
  writeFileSync(join(outside, 'mine'), 'mine\n');
  const file = join(inside, 'x.drv');
  place(file);
  const before = lstatSync(file, { bigint: true });
  expect(await keep(inside, 'x.drv', 'text\n')).toBe(join(inside, 'x.drv.1'));
  const after = lstatSync(file, { bigint: true });
  expect([after.ino, after.mode, after.mtimeNs]).toEqual([before.ino, before.mode, before.mtimeNs]);
  expect(readdirSync(inside)).toEqual(['x.drv', 'x.drv.1']);
  expect(readdirSync(outside)).toEqual(['mine', 'same']);
  expect(readFileSync(join(outside, 'mine'), 'utf8')).toBe('mine\n');
});

test('a directory that is a link is used, as the user wants it', async ({ directory }) => {
  mkdirSync(join(directory, 'real'));
  symlinkSync('real', join(directory, 'link'));
  await keep(join(directory, 'link'), 'x.drv', 'text\n');
  expect(readdirSync(join(directory, 'real'))).toEqual(['x.drv']);
});

test.for([
  ['a file', (place: string) => writeFileSync(place, 'mine')],
  ['a link to nothing', (place: string) => symlinkSync('nothing', place)],
] as const)('%s where the directory is to be stays', async ([, put], { directory }) => {
  const place = join(directory, 'place');
  put(place);
  await expect(openTarget(place, 'x.drv')).rejects.toThrow(/^(ENOTDIR|EEXIST): /);
  expect(readdirSync(directory)).toEqual(['place']);
});

test('a name that is too long is an error, and leaves nothing', async ({ directory }) => {
  await expect(keep(directory, 'x'.repeat(256), 'text\n')).rejects.toThrow(/^ENAMETOOLONG: /);
  expect(readdirSync(directory)).toEqual([]);
});
