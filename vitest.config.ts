import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/support/plain-reporter.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // A limit for what hangs; no test measures time.
    testTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 600_000,
  },
});
