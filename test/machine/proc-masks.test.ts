import { expect, test } from 'vitest';
import { findProcMasks } from '../../src/machine/proc-masks.ts';
import type { Mount } from '../../src/machine/mounts.ts';

const whole: Mount = {
  ...{ root: '/', point: '/proc', type: 'proc' },
  ...{ options: ['rw', 'nosuid'], superOptions: ['rw'] },
};

// unshare(1) can't make a user name space there, so no world has it.
test('a /proc that is read-only as a whole', () => {
  expect(findProcMasks([whole])).toEqual([]);
  expect(findProcMasks([{ ...whole, options: ['ro', 'nosuid'] }])).toEqual(['/proc']);
});

test('no /proc at all, or a part of one', () => {
  expect(findProcMasks([])).toEqual(['/proc']);
  expect(findProcMasks([{ ...whole, root: '/sys', point: '/elsewhere' }])).toEqual(['/proc']);
});
