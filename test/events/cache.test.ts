import { expect, test } from 'vitest';
import {
  renderCacheLeftOut,
  renderCacheProgress,
  renderCacheStaged,
  renderCacheStaging,
} from '../../src/events/cache.ts';

const trees = { home: '/root/.cache', staged: '/tmp/cache' };

test('a staging that goes on', () => {
  const total = { files: 200_000, bytes: 2 ** 30 };
  expect(renderCacheStaging({ ...trees, direction: 'out', total: undefined })).toBe(
    'Cache: looking for what changed, from /tmp/cache to /root/.cache',
  );
  expect(renderCacheStaging({ ...trees, direction: 'in', total })).toBe(
    'Cache: staging in 200000 files, 1024.0 MiB, from /root/.cache to /tmp/cache',
  );
  const done = { files: 1234, bytes: 0 };
  expect(renderCacheProgress({ ...trees, direction: 'in', total, done })).toBe(
    'Cache: staging in 1234 of 200000 files, 1024.0 MiB',
  );
});

test('one that is done', () => {
  const done = { ...trees, direction: 'out', files: 1, bytes: 10, milliseconds: 12.3 } as const;
  expect(renderCacheStaged({ ...done, removed: 0 })).toBe(
    'Cache: staged out 1 file, 1 KiB, from /tmp/cache to /root/.cache, within 12 ms',
  );
  expect(renderCacheStaged({ ...done, removed: 2, milliseconds: 2345 })).toBe(
    'Cache: staged out 1 file, 1 KiB, 2 removed, from /tmp/cache to /root/.cache, within 2.3 s',
  );
});

test('what is left out: the first few', () => {
  const left = [1, 2, 3, 4, 5, 6, 7].map((number) => ({ path: `file-${number}`, reason: 'why' }));
  const lines = renderCacheLeftOut({ event: 'cache-left-out', directory: '/root/.cache', left });
  expect(lines).toHaveLength(7);
  expect(lines.slice(0, 2)).toEqual(['Cache: not copied from /root/.cache:', '  file-1: why']);
  expect(lines.at(-1)).toBe('  and 2 more');
});
