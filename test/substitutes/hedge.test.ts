import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hedge } from '../../src/substitutes/gateway/hedge.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Who takes how long, and comes to something or not. */
type One = { readonly name: string; readonly takes: number; readonly fails?: boolean };

/** Tries them, each with a hope of 100 ms; says who came to something, and when each set out. */
async function race(tries: readonly One[]): Promise<readonly [string | undefined, string[]]> {
  const set: string[] = [];
  const begunAt = Date.now();
  const outcome = hedge(tries, {
    hope: () => 100,
    start: ({ name, takes, fails }) => {
      set.push(`${name} after ${Date.now() - begunAt}`);
      return new Promise<string | undefined>((resolve) => {
        setTimeout(() => resolve(fails === true ? undefined : name), takes);
      });
    },
  });
  await vi.runAllTimersAsync();
  return [await outcome, set];
}

test.for([
  ['nobody', [], undefined, []],
  [
    'one that is fast',
    [
      { name: 'a', takes: 5 },
      { name: 'b', takes: 1 },
    ],
    'a',
    ['a after 0'],
  ],
  [
    'one that fails',
    [
      { name: 'a', takes: 5, fails: true },
      { name: 'b', takes: 1 },
    ],
    'b',
    ['a after 0', 'b after 5'],
  ],
  [
    'one that is slow, and still the first',
    [
      { name: 'a', takes: 150 },
      { name: 'b', takes: 90 },
    ],
    'a',
    ['a after 0', 'b after 100'],
  ],
  [
    'one that is too slow',
    [
      { name: 'a', takes: 900 },
      { name: 'b', takes: 90 },
      { name: 'c', takes: 1 },
    ],
    'b',
    ['a after 0', 'b after 100'],
  ],
  [
    'all fail, and the slow one last',
    [
      { name: 'a', takes: 900, fails: true },
      { name: 'b', takes: 1, fails: true },
    ],
    undefined,
    ['a after 0', 'b after 100'],
  ],
  [
    'the second fails while the first is on its way',
    [
      { name: 'a', takes: 900 },
      { name: 'b', takes: 1, fails: true },
      { name: 'c', takes: 1 },
    ],
    'c',
    ['a after 0', 'b after 100', 'c after 101'],
  ],
] as const)('%s', async ([, tries, winner, set]) => {
  expect(await race(tries)).toEqual([winner, set]);
});
