import { chmodSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { vi } from 'vitest';
import { lookAt } from '../../src/cache/entry.ts';
import { Manifest } from '../../src/cache/manifest.ts';
import { type Direction, makePlan, type Plan } from '../../src/cache/plan.ts';
import { expect, test } from '../support/directory.ts';

// The C library is called by what travels inside the executable; here it is beside us.
vi.mock('node:sea', async () => (await import('../support/koffi.ts')).sea);

function plan(direction: Direction, directory: string, known = new Manifest()): Plan {
  const trees = { home: `${directory}/home`, staged: `${directory}/staged` };
  const planning = makePlan(direction, trees, known);
  for (;;) {
    const step = planning.next();
    if (step.done === true) return step.value;
  }
}

function list({ changes }: Plan): string[] {
  return changes.map(({ is, path }) => `${is} ${path}`);
}

/** Two trees that are the same, and the manifest that says so. */
function makeTrees(directory: string): Manifest {
  const manifest = new Manifest();
  for (const tree of ['home', 'staged']) {
    mkdirSync(`${directory}/${tree}/a/b`, { recursive: true });
    mkdirSync(`${directory}/${tree}/empty`);
    for (const file of ['top', 'a/one', 'a/b/two']) {
      writeFileSync(`${directory}/${tree}/${file}`, file);
      utimesSync(`${directory}/${tree}/${file}`, 1, 1);
    }
    symlinkSync('top', `${directory}/${tree}/link`);
  }
  for (const name of ['top', 'link', 'empty', 'a', 'a/one', 'a/b', 'a/b/two']) {
    const [home, staged] = ['home', 'staged'].map((tree) => lookAt(`${directory}/${tree}/${name}`));
    if (home === undefined || staged === undefined) throw new Error(name);
    manifest.record(name, home, staged);
  }
  return manifest;
}

test('nothing is planned for trees that are the same, with a manifest or without one', ({
  directory,
}) => {
  const manifest = makeTrees(directory);
  for (const direction of ['in', 'out'] as const) {
    for (const known of [manifest, new Manifest()]) {
      const planned = plan(direction, directory, known);
      expect(list(planned)).toEqual([]);
      expect(planned.manifest.size).toBe(7);
      expect(planned.room).toEqual({ needed: 0, inodes: 0 });
    }
  }
});

test('directories come before what is in them, and go when they are empty', ({ directory }) => {
  const manifest = makeTrees(directory);
  const [home, staged] = [`${directory}/home`, `${directory}/staged`];
  rmSync(`${home}/a`, { recursive: true });
  mkdirSync(`${home}/new/deep`, { recursive: true });
  writeFileSync(`${home}/new/deep/file`, 'x'.repeat(5000));
  chmodSync(`${home}/empty`, 0o700);
  writeFileSync(`${staged}/a/b/other`, 'kept');
  const planned = plan('in', directory, manifest);
  expect(list(planned).filter((change) => !change.startsWith('remove'))).toEqual([
    'directory empty',
    'directory new',
    'directory new/deep',
    'make new/deep/file',
  ]);
  const removed = list(planned).filter((change) => change.startsWith('remove'));
  expect(removed[0]).toBe('remove a');
  expect(removed.toSorted()).toEqual(['remove a', 'remove a/b', 'remove a/b/two', 'remove a/one']);
  expect(planned.room).toEqual({ needed: 8192, inodes: 3 });
});

test('what is new in a directory that was removed at home brings that back', ({ directory }) => {
  const manifest = makeTrees(directory);
  rmSync(`${directory}/home/a`, { recursive: true });
  writeFileSync(`${directory}/staged/a/b/other`, 'new');
  expect(list(plan('out', directory, manifest))).toEqual([
    'directory a',
    'directory a/b',
    'make a/b/other',
  ]);
});

test('a file in place of a directory, and a directory in place of a file', ({ directory }) => {
  const manifest = makeTrees(directory);
  rmSync(`${directory}/staged/a`, { recursive: true });
  writeFileSync(`${directory}/staged/a`, 'file');
  rmSync(`${directory}/staged/top`);
  mkdirSync(`${directory}/staged/top`);
  writeFileSync(`${directory}/staged/top/file`, 'below');
  expect(list(plan('out', directory, manifest)).toSorted()).toEqual([
    'directory top',
    'make a',
    'make top/file',
  ]);
});

test('a directory whose entries came and went gets its time, and nothing else', ({ directory }) => {
  const manifest = makeTrees(directory);
  utimesSync(`${directory}/staged/empty`, 5, 5);
  const planned = plan('out', directory, manifest);
  expect(list(planned)).toEqual([]);
  expect([...planned.times]).toEqual(['empty']);
});

test('a manifest is read as it was written; one that is broken is as good as none', ({
  directory,
}) => {
  const manifest = makeTrees(directory);
  const odd = { home: [1, 2.5, 3, 4], staged: [5, 6, 7, 8] } as const;
  manifest.keep('a/caf\udce9', odd);
  manifest.spans.push([1, 2]);
  manifest.write(`${directory}/staged`);
  const read = Manifest.read(`${directory}/staged`);
  expect(read.size).toBe(8);
  expect(read.in('a')?.get('caf\udce9')).toEqual(odd);
  expect(read.spans).toEqual([[1, 2]]);
  expect(list(plan('out', directory, read))).toEqual([]);
  writeFileSync(`${directory}/staged/.guix-entry-point-staged/manifest`, 'broken');
  expect(Manifest.read(`${directory}/staged`).size).toBe(0);
});
