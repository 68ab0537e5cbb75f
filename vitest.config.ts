import { defineConfig } from 'vitest/config';
import type { Platform } from './build.config.ts';
import type { Installed } from './scripts/provision.ts';

/** What runs for 386 as well: all that its calls of 32 bits, and its Node, could make different. */
const natively = [
  'docs',
  'doctor',
  'engine',
  'github-action',
  'gitlab-template',
  'hints',
  'invocations',
  'least-privilege',
  'platforms',
  'privileges',
  'pulled',
  'seccomp',
  'store-cache',
  'substitutes',
];
/** Where they are emulated, that takes minutes, and builds can't be isolated. */
const emulated = ['platforms'];

/** Beside this machine's own, by their tests. `npm test` has two of them, `npm run test:platforms` all. */
const platforms: readonly (readonly [Platform, readonly string[]])[] = [
  ['linux/386', natively],
  ['linux/arm64', emulated],
  ['linux/arm/v7', emulated],
  ['linux/ppc64le', emulated],
  ['linux/riscv64', emulated],
];

/** What is written once for each daemon; `program` has it with Guix. */
const withEachDaemon = [
  'build-logs',
  'builds-again',
  'endings',
  'failing-builds',
  'handshake',
  'logs-word',
  'main-job',
  'moments',
  'nested',
  'process-one',
  'start-up-faults',
  'which-logs',
];
/** What is Nix's alone. */
const nixAlone = 'test/real/nix-*.test.ts';
const nixes: readonly Installed[] = ['nix-bookworm', 'nix-sid'];

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
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: ['test/image/**', nixAlone],
        },
      },
      ...nixes.map((installed) => ({
        extends: true as const,
        test: {
          name: installed,
          include: [...withEachDaemon.map((name) => `test/real/${name}.test.ts`), nixAlone],
          provide: { installed },
        },
      })),
      { extends: true, test: { name: 'image', include: ['test/image/*.test.ts'], globalSetup } },
      ...platforms.map(([platform, names]) => ({
        extends: true as const,
        test: {
          name: platform,
          include: names.map((name) => `test/image/${name}.test.ts`),
          globalSetup,
          provide: { platform },
        },
      })),
    ],
  },
});
