import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';

export { expect } from 'vitest';

/** A test with a fresh directory, gone afterwards. */
export const test = base.extend<{ directory: string }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
  directory: async ({}, use) => {
    const directory = mkdtempSync(join(tmpdir(), 'guix-entry-point-test-'));
    await use(directory);
    rmSync(directory, { recursive: true });
  },
});
