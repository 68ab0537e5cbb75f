import { readFileSync } from 'node:fs';
import { path } from 'zx';
import type { Engine } from '../../scripts/engine.ts';
import { openImageEngine } from '../../scripts/image-engine.ts';
import { type Machine, runIn } from '../../scripts/machine.ts';
import { readBlocks } from './docs.ts';
import { test as base } from 'vitest';

export { expect } from 'vitest';

export const page = readFileSync(path.join(import.meta.dirname, '../../docs/image.md'), 'utf8');

export const test = base.extend<{ engine: Engine }>({
  engine: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using engine = await openImageEngine();
      await setUp(engine);
      await use(engine);
    },
    { scope: 'file' },
  ],
});

/** The page's Dockerfile, and its images with the shell that our test packages run in. */
async function setUp(machine: Machine): Promise<void> {
  const script = `
    cp -r /fixtures/packages/. /job
    for name in guix-entry-point guix-entry-point:rootless; do
      printf '%s\\n' "FROM $name" 'COPY . /usr/lib/guix-test-shell' | docker build --tag="$name" --file=- /guix-test-shell
    done
    cat >Dockerfile`;
  const input = readBlocks(page, 'dockerfile').join('');
  const { status, stderr } = await runIn(machine, ['bash', '-ec', script], { input });
  if (status !== 0) throw new Error(stderr);
}
