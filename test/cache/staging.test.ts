import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { vi } from 'vitest';
import { Copier } from '../../src/cache/copy.ts';
import { lookAt } from '../../src/cache/entry.ts';
import { removeTree } from '../../src/cache/heal.ts';
import { Manifest, markUnfinished } from '../../src/cache/manifest.ts';
import { open, read, runIn, write } from '../support/cache-run.ts';
import { expect, test } from '../support/directory.ts';

// The C library is called by what travels inside the executable; here it is beside us.
vi.mock('node:sea', async () => (await import('../support/koffi.ts')).sea);

test('a staging directory is for one home cache, also while it is in use', async ({
  directory,
}) => {
  const [one, other, staged] = [`${directory}/one`, `${directory}/other`, `${directory}/staged`];
  write(`${one}/.cache/file`, 'one');
  write(`${other}/.cache/file`, 'other');
  const failure = {
    failure: { kind: 'cache-taken', home: `${other}/.cache`, owner: `${one}/.cache`, staged },
  };
  await runIn(one, staged, () => write(`${staged}/file`, 'changed'));
  await expect(open(other, staged)).rejects.toMatchObject(failure);
  await runIn(one, staged);
  {
    await using _running = await open(one, staged);
    await using _beside = await open(one, staged);
    await expect(open(other, staged)).rejects.toMatchObject(failure);
  }
  expect([read(`${one}/.cache/file`), read(`${other}/.cache/file`)]).toEqual(['changed', 'other']);
});

test('whose it is stays known where nothing else can be noted down', async ({ directory }) => {
  const [one, staged] = [`${directory}/one`, `${directory}/staged`];
  write(`${one}/.cache/file`, 'one');
  await runIn(one, staged);
  const manifest = new Manifest();
  mkdirSync(`${staged}/.guix-entry-point-staged/manifest.new/full`, { recursive: true });
  manifest.writeIfPossible(staged);
  expect(Manifest.read(staged).size).toBe(0);
  await expect(open(directory, staged)).rejects.toMatchObject({
    failure: { kind: 'cache-taken' },
  });
});

test('what two runs left unfinished is known of both', ({ directory }) => {
  markUnfinished(directory, ['one']);
  markUnfinished(directory, ['two']);
  expect([...Manifest.read(directory).unfinished]).toEqual(['one', 'two']);
});

test('a directory of our name is ours at the top only', async ({ directory }) => {
  const [home, staged] = [directory, `${directory}/staged`];
  const names = ['.guix-entry-point-cache', '.guix-entry-point-staged'];
  for (const name of names) write(`${home}/.cache/backup/${name}/file`, 'precious');
  write(`${home}/.cache/backup/a/file`, 'old');
  await runIn(home, staged, () => {
    write(`${staged}/backup/a/file`, 'new');
    write(`${staged}/backup/b/file`, 'new');
    write(`${staged}/.guix-entry-point-cache/file`, 'not staged');
  });
  for (const name of names) {
    expect(read(`${staged}/backup/${name}/file`)).toBe('precious');
    expect(read(`${home}/.cache/backup/${name}/file`)).toBe('precious');
    expect(existsSync(`${home}/.cache/${name}`)).toBe(false);
  }
  expect(read(`${home}/.cache/backup/b/file`)).toBe('new');
  for (const _ of removeTree(`${home}/.cache/backup`));
  expect(existsSync(`${home}/.cache/backup`)).toBe(false);
});

test('what is noted down in a home cache that is a staging directory itself stays', async ({
  directory,
}) => {
  const [one, middle] = [`${directory}/one`, `${directory}/two/.cache`];
  write(`${one}/.cache/file`, 'one');
  mkdirSync(middle, { recursive: true });
  await runIn(one, middle);
  await runIn(`${directory}/two`, `${directory}/staged`, () => {
    for (const name of ['a', 'b']) write(`${directory}/staged/${name}`, name);
  });
  expect(read(`${middle}/.guix-entry-point-staged/home`)).toBe(`${one}/.cache`);
  expect(Manifest.read(middle).size).toBe(1);
  expect(read(`${middle}/b`)).toBe('b');
});

test('times before 1970 are kept', async ({ directory }) => {
  const staged = `${directory}/staged`;
  for (const [name, time] of [-1.25, -2, 0, 1.5].entries()) {
    write(`${directory}/.cache/${name}`, 'x');
    // Node takes such a time for the current one.
    execFileSync('touch', ['-d', `@${time}`, `${directory}/.cache/${name}`]);
  }
  await runIn(directory, staged);
  for (const name of [0, 1, 2, 3]) {
    const [home, copy] = [`${directory}/.cache/${name}`, `${staged}/${name}`].map((path) =>
      lookAt(path),
    );
    expect(copy?.modifiedExactly).toBe(home?.modifiedExactly);
  }
});

test('of a file that can not be read no second name is made', ({ directory }) => {
  const entry = { ...lookAt(directory), kind: 'file', identity: '1:1' } as const;
  const copier = new Copier();
  for (const name of ['one', 'two']) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is there
    const source = { path: `${directory}/missing`, entry: entry as never };
    expect(() => [...copier.copy(source, `${directory}/${name}`)]).toThrow('it cannot be read');
  }
});

test('durations are whole milliseconds', async ({ directory }) => {
  write(`${directory}/.cache/file`, 'x');
  const events = await runIn(directory, `${directory}/staged`);
  const times = events.flatMap((event) =>
    event.event === 'cache-staged' ? event.milliseconds : [],
  );
  expect(times).toEqual(times.map(Math.round));
  expect(times).toHaveLength(2);
});
