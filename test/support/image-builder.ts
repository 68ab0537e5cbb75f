import { test as base } from 'vitest';
import type { Engine } from '../../scripts/engine.ts';
import { openBuildEngine } from '../../scripts/build-engine.ts';

export { expect } from 'vitest';

/** A test with an engine that has what a build of the image needs, and no image yet. */
export const test = base.extend<{ engine: Engine }>({
  engine: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using engine = await openBuildEngine();
      await use(engine);
    },
    { scope: 'file' },
  ],
});
