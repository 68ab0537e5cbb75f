import { expect, test } from 'vitest';
import { decide, type Known, type Verdict } from '../../src/cache/decide.ts';
import { type Entry, stamp } from '../../src/cache/entry.ts';

function file(inode: number, modified = 1): Entry {
  return {
    kind: 'file',
    mode: 0o644,
    owner: 0,
    group: 0,
    size: 1,
    modified,
    changed: modified,
    inode,
    accessedExactly: 0n,
    modifiedExactly: 0n,
    identity: undefined,
  };
}

const [home, staged] = [file(1), file(2)];
const known: Known = { home: stamp(home), staged: stamp(staged) };
const [newHome, newStaged] = [file(3, 5), file(4, 6)];
const gone = undefined;

/** Every combination of what became of the two sides; on the way in, and on the way out. */
const table: readonly [
  string,
  Entry | undefined,
  Entry | undefined,
  Known | undefined,
  Verdict,
  Verdict,
][] = [
  ['nothing changed', home, staged, known, 'both', 'both'],
  ['changed at home', newHome, staged, known, 'home', 'home'],
  ['changed in the staging directory', home, newStaged, known, 'staged', 'staged'],
  [
    'changed on both sides, later in the staging directory',
    newHome,
    newStaged,
    known,
    'staged',
    'staged',
  ],
  ['changed on both sides, later at home', file(3, 7), newStaged, known, 'home', 'home'],
  ['removed at home', gone, staged, known, 'home', 'home'],
  ['removed at home, changed in the staging directory', gone, newStaged, known, 'staged', 'staged'],
  ['removed in the staging directory', home, gone, known, 'home', 'staged'],
  ['removed in the staging directory, changed at home', newHome, gone, known, 'home', 'home'],
  ['new at home', home, gone, undefined, 'home', 'home'],
  ['new in the staging directory', gone, staged, undefined, 'staged', 'staged'],
  [
    'new on both sides, later in the staging directory',
    newHome,
    newStaged,
    undefined,
    'staged',
    'staged',
  ],
  ['new on both sides, later at home', file(3, 7), newStaged, undefined, 'home', 'home'],
];

test.for(table)('%s', ([, atHome, inStaging, its, wayIn, wayOut]) => {
  const sides = { home: atHome, staged: inStaging, known: its, spans: [], isUnfinished: false };
  expect(decide('in', { ...sides, isAlike: () => false })).toBe(wayIn);
  expect(decide('out', { ...sides, isAlike: () => false })).toBe(wayOut);
});

test('new on both sides, and the same', () => {
  const sides = {
    home: newHome,
    staged: newStaged,
    known: undefined,
    spans: [],
    isUnfinished: false,
  };
  expect(decide('in', { ...sides, isAlike: () => true })).toBe('both');
});

test('what a killed run may have half copied does not count', () => {
  const sides = {
    home: newHome,
    staged: newStaged,
    known: undefined,
    spans: [],
    isUnfinished: true,
  };
  expect(decide('in', { ...sides, isAlike: () => false })).toBe('home');
  expect(decide('in', { ...sides, home: gone, isAlike: () => false })).toBe('home');
  // Nor where somebody emptied the staging directory and it was being filled again.
  const filled: Known = { home: stamp(newHome), staged: stamp(staged) };
  expect(decide('in', { ...sides, known: filled, isAlike: () => false })).toBe('home');
});

test('links of ours change an inode, and not the file', () => {
  const linked = { ...home, changed: 50 };
  const sides = { home: linked, staged, known, isUnfinished: false, isAlike: () => false };
  expect(decide('in', { ...sides, spans: [] })).toBe('home');
  expect(decide('in', { ...sides, spans: [[40, 60]] })).toBe('both');
  expect(decide('in', { ...sides, spans: [[51, 60]] })).toBe('home');
  expect(decide('in', { ...sides, home: { ...linked, size: 2 }, spans: [[40, 60]] })).toBe('home');
});
