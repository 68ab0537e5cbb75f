import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { vi } from 'vitest';
import { lookAt } from '../../src/cache/entry.ts';
import { markUnfinished } from '../../src/cache/manifest.ts';
import { open, read, runIn, write } from '../support/cache-run.ts';
import { expect, test } from '../support/directory.ts';

// The C library is called by what travels inside the executable; here it is beside us.
vi.mock('node:sea', async () => (await import('../support/koffi.ts')).sea);

test('changes in a directory that must not be written in, of an ordinary user', async ({
  directory,
}) => {
  const [home, staged, user] = [`${directory}/.cache`, `${directory}/staged`, 1000];
  chownSync(directory, user, user);
  process.seteuid?.(user);
  try {
    write(`${home}/a/b/file`, 'old');
    for (const path of ['a/b', 'a']) chmodSync(`${home}/${path}`, 0o555);
    await runIn(directory, staged);
    chmodSync(`${home}/a/b`, 0o755);
    write(`${home}/a/b/other`, 'new');
    rmSync(`${home}/a/b/file`);
    chmodSync(`${home}/a/b`, 0o555);
    await runIn(directory, staged);
    expect(readdirSync(`${staged}/a/b`)).toEqual(['other']);
    expect([lookAt(`${staged}/a/b`)?.mode, lookAt(`${home}/a/b`)?.mode]).toEqual([0o555, 0o555]);
    // Killed while it was open.
    chmodSync(`${staged}/a/b`, 0o700);
    markUnfinished(staged, ['a/b']);
    await runIn(directory, staged);
    expect([lookAt(`${staged}/a/b`)?.mode, lookAt(`${home}/a/b`)?.mode]).toEqual([0o555, 0o555]);
    // A file in its place.
    chmodSync(`${home}/a`, 0o755);
    chmodSync(`${home}/a/b`, 0o755);
    rmSync(`${home}/a`, { recursive: true });
    write(`${home}/a`, 'file');
    await runIn(directory, staged);
    expect(read(`${staged}/a`)).toBe('file');
  } finally {
    process.seteuid?.(0);
  }
});

test('links to nothing are followed; a loop and a file are told, with the right name', async ({
  directory,
}) => {
  write(`${directory}/file`, 'file');
  for (const [from, to] of [
    ['loop', 'loop'],
    ['link', 'link2'],
    ['link2', 'made/deep'],
  ] as const) {
    symlinkSync(to, `${directory}/${from}`);
  }
  await runIn(directory, `${directory}/link`, () => write(`${directory}/made/deep/file`, 'new'));
  expect(read(`${directory}/.cache/file`)).toBe('new');
  for (const [name, reason] of [
    ['loop', 'too many symbolic links encountered'],
    ['file', 'not a directory'],
  ] as const) {
    const failure = { kind: 'cache-unusable', reason };
    const named = expect(open(directory, `${directory}/${name}`));
    await named.rejects.toMatchObject({ failure: { ...failure, culprit: 'staged' } });
    const home = `${directory}/home-${name}`;
    mkdirSync(home);
    symlinkSync(`../${name}`, `${home}/.cache`);
    const owned = expect(open(home, `${directory}/staged`));
    await owned.rejects.toMatchObject({ failure: { ...failure, culprit: 'home' } });
  }
});

test('a home cache that is a link to nothing, in nothing', async ({ directory }) => {
  symlinkSync('missing/deep', `${directory}/.cache`);
  await expect(open(directory, `${directory}/staged`)).rejects.toMatchObject({
    failure: { kind: 'cache-unusable', culprit: 'home' },
  });
});

test('a rest is removed beside what a link leads to, also where nothing is staged', async ({
  directory,
}) => {
  mkdirSync(`${directory}/real`);
  symlinkSync('real', `${directory}/.cache`);
  for (const staged of ['', `${directory}/real`, `${directory}/real/inside`]) {
    write(`${directory}/real.guix-entry-point-cache/fresh/file`, 'rest');
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await runIn(directory, staged);
    expect(existsSync(`${directory}/real.guix-entry-point-cache`), staged).toBe(false);
  }
});

test('what stood in a directory before it was one to stage in is left alone until it changes', async ({
  directory,
}) => {
  for (const hasCache of [true, false]) {
    const [home, staged] = [`${directory}/home-${hasCache}`, `${directory}/staged-${hasCache}`];
    mkdirSync(`${home}${hasCache ? '/.cache' : ''}`, { recursive: true });
    for (const name of ['a/one', 'a/two', 'b/three', 'four']) write(`${staged}/${name}`, 'theirs');
    // oxlint-disable no-await-in-loop -- one after the other
    await runIn(home, staged);
    await runIn(home, staged);
    expect(existsSync(`${home}/.cache`)).toBe(hasCache);
    await runIn(home, staged, () => {
      write(`${staged}/a/two`, 'changed');
      write(`${staged}/c/five`, 'new');
    });
    expect(readdirSync(`${home}/.cache`)).toEqual(['a', 'c']);
    expect(readdirSync(`${home}/.cache/a`)).toEqual(['two']);
    write(`${home}/.cache/four`, 'the later one');
    await runIn(home, staged);
    // oxlint-enable no-await-in-loop
    const names = ['a/one', 'a/two', 'b/three', 'four', 'c/five'];
    expect(names.map((name) => read(`${staged}/${name}`))).toEqual([
      'theirs',
      'changed',
      'theirs',
      'the later one',
      'new',
    ]);
  }
});

test('what changed while there was no home cache comes home once there is one', async ({
  directory,
}) => {
  const staged = `${directory}/staged`;
  write(`${staged}/theirs`, 'theirs');
  const first = await open(directory, staged);
  write(`${staged}/file`, 'new');
  mkdirSync(`${directory}/.cache`);
  await runIn(directory, staged);
  expect(readdirSync(`${directory}/.cache`)).toEqual([]);
  await first[Symbol.asyncDispose]();
  expect(readdirSync(`${directory}/.cache`)).toEqual(['file']);
});
