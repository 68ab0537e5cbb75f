import { defineConfig } from 'vitest/config';

/** What runs for 386 as well: all that its calls of 32 bits, and its Node, could make different. */
const onEachPlatform = [
  'doctor',
  'engine',
  'gitlab-template',
  'hints',
  'invocations',
  'least-privilege',
  'pulled',
  'seccomp',
  'substitutes',
].map((name) => `test/image/${name}.test.ts`);

const globalSetup = './test/support/provide-images.ts';

export default defineConfig({
  test: {
    reporters: ['default', './test/support/plain-reporter.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // A limit for what hangs; no test measures time.
    testTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 600_000,
    projects: [
      {
        extends: true,
        test: { name: 'program', include: ['test/**/*.test.ts'], exclude: ['test/image/**'] },
      },
      { extends: true, test: { name: 'image', include: ['test/image/*.test.ts'], globalSetup } },
      {
        extends: true,
        test: {
          name: 'image-386',
          include: onEachPlatform,
          globalSetup,
          provide: { platform: 'linux/386' },
        },
      },
    ],
  },
});
