import { afterEach, expect, test, vi } from 'vitest';
import type { LoggedBuild } from '../../src/logs-word/action.ts';
import { renderSize, renderTable } from '../../src/logs-word/list.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

function makeBuild(wanted: Partial<LoggedBuild> & Pick<LoggedBuild, 'derivation'>): LoggedBuild {
  return {
    outputs: [],
    state: 'failed',
    log: '/var/log/guix/drvs/x',
    begunAt: 0,
    writtenAt: Date.UTC(2026, 1, 28, 23, 59, 59, 999),
    storedSize: 20,
    ...wanted,
  };
}

const [first, second] = ['a', 'b'].map((letter) => `/gnu/store/${letter.repeat(32)}`);
const builds = [
  makeBuild({ derivation: `${first}-hello-2.12.drv` }),
  makeBuild({ derivation: `${second}-x-1.drv`, state: 'succeeded', storedSize: 123_456 }),
];

test('the columns are aligned, the time is local', () => {
  vi.stubEnv('TZ', 'Asia/Kolkata');
  expect(renderTable(builds, { heading: false })).toEqual([
    `failed     2026-03-01T05:29    20  hello-2.12  ${first}-hello-2.12.drv`,
    `succeeded  2026-03-01T05:29  121K  x-1         ${second}-x-1.drv`,
  ]);
});

test('a heading has its place above them', () => {
  vi.stubEnv('TZ', 'UTC');
  expect(renderTable(builds.slice(0, 1), { heading: true })).toEqual([
    'STATE   WRITTEN           SIZE  PACKAGE     DERIVATION',
    `failed  2026-02-28T23:59    20  hello-2.12  ${first}-hello-2.12.drv`,
  ]);
});

test.for([
  [0, '0'],
  [1023, '1023'],
  [1024, '1.0K'],
  [1536, '1.5K'],
  [10_240, '10K'],
  [1_048_575, '1024K'],
  [1_048_576, '1.0M'],
  [5_000_000_000, '4.7G'],
] as const)('%i bytes are %s', ([bytes, text]) => {
  expect(renderSize(bytes)).toBe(text);
});
