import { expect, test } from 'vitest';
import type { Finding } from '../../src/doctor/check.ts';
import { type Form, renderJson, renderLines, renderSum } from '../../src/doctor/table.ts';

const pipe: Form = { names: 6, columns: undefined, colors: false };
const broken: Finding = {
  state: 'broken',
  text: 'it is not as it should be at all',
  meaning: 'Nothing works any more.\nType this:',
  command: 'mend --all --of=it --and=more --of=that',
  fix() {},
};

test('a line on a pipe is as long as it is', () => {
  const meaning = 'word '.repeat(100).trim();
  expect(renderLines('ab', { finding: { ...broken, meaning } }, pipe)).toEqual([
    '✗ ab      it is not as it should be at all',
    `          ${meaning}`,
    '            mend --all --of=it --and=more --of=that',
  ]);
});

test('at a terminal words go to the next line, and commands stay whole', () => {
  expect(renderLines('ab', { finding: broken }, { ...pipe, columns: 40, colors: true })).toEqual([
    '\x1b[1;31m✗ ab      \x1b[0mit is not as it should be at',
    '          all',
    '          Nothing works any more.',
    '          Type this:',
    '            mend --all --of=it --and=more --of=that',
  ]);
});

test.for([
  ['fine', '✓'],
  ['odd', '!'],
  ['broken', '✗'],
] as const)('%s is %s', ([state, mark]) => {
  expect(renderLines('store', { finding: { state, text: 'so' } }, pipe)).toEqual([
    `${mark} store   so`,
  ]);
});

test('what came of mending it stands below', () => {
  const finding: Finding = { state: 'odd', text: 'so' };
  expect(renderLines('a', { finding, fixed: true }, pipe).at(-1)).toBe('          Done.');
  expect(renderLines('a', { finding, fixed: false, reason: 'no room' }, pipe).at(-1)).toBe(
    '          Cannot be done: no room.',
  );
});

test('what could drive a terminal is made visible', () => {
  const finding: Finding = {
    state: 'odd',
    text: 'a\x1b[2Jb',
    meaning: '\x07',
    command: '\x1b]0;x',
  };
  expect(renderLines('a', { finding }, pipe)).toEqual([
    '! a       a^[[2Jb',
    '          ^G',
    '            ^[]0;x',
  ]);
});

test('a JSON object has null for what there is none of', () => {
  expect(renderJson('a', { finding: { state: 'fine', text: 'so' } })).toBe(
    '{"check":"a","state":"fine","text":"so","meaning":null,"command":null,"fixed":null}',
  );
  expect(JSON.parse(renderJson('a', { finding: broken, fixed: false }))).toEqual({
    check: 'a',
    state: 'broken',
    text: broken.text,
    meaning: broken.meaning,
    command: broken.command,
    fixed: false,
  });
});

test('the sum counts what is left', () => {
  const all = [{ finding: broken }, { finding: broken, fixed: true }];
  expect(renderSum(all, 1)).toEqual([
    '0 fine, 0 odd, 1 broken',
    "'guix-entry-point doctor --fix' does what is safe, for 1 of them.",
  ]);
  expect(renderSum([], 0)).toEqual(['0 fine, 0 odd, 0 broken']);
});
