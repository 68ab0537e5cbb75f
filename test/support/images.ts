import { test as base } from 'vitest';
import { path } from 'zx';
import type { Engine } from '../../scripts/bare-engine.ts';
import { openImageEngine } from '../../scripts/image-engine.ts';

export { expect } from 'vitest';

const directory = path.join(import.meta.dirname, '../../image');

/** A test with an engine that has the Dockerfile's images, and `image` in the working directory. */
export const test = base.extend<{ engine: Engine }>({
  engine: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using engine = await openImageEngine([[directory, '/job/image']]);
      await use(engine);
    },
    { scope: 'file' },
  ],
});
