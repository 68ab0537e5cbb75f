import { expect, test } from 'vitest';
import { renderProgress } from '../../src/substitutes-word/progress.ts';

test.for([
  [0, 80, `+ Measuring 16 servers [${' '.repeat(40)}]`],
  [0.5, 80, `+ Measuring 16 servers [${'='.repeat(20)}${' '.repeat(20)}]`],
  [1, 80, `+ Measuring 16 servers [${'='.repeat(40)}]`],
  [0.5, 36, '+ Measuring 16 servers [=====     ]'],
  [0.5, 20, '+ Measuring 16 serv'],
] as const)('%d of it on %i columns', ([share, columns, text]) => {
  expect(renderProgress(share, { servers: 16, columns })).toBe(text);
});

test('a line never fills the last column', () => {
  for (let columns = 1; columns < 100; columns++) {
    for (const share of [0, 0.3, 1]) {
      expect(renderProgress(share, { servers: 1, columns }).length).toBeLessThan(columns);
    }
  }
});
