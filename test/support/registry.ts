import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { type Engine, openEngine } from '../../scripts/engine.ts';
import type { Bind } from '../../scripts/machine.ts';
import { provisionRegistry } from '../../scripts/provision.ts';

export { expect } from 'vitest';

const repository = join(import.meta.dirname, '../..');
const modules = realpathSync(join(repository, 'node_modules'));

/** A test with an engine beside which our scripts run, and a registry can. */
export const test = base.extend<{ engine: Engine }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
  engine: async ({}, use) => {
    const binds: readonly Bind[] = [
      [await provisionRegistry(), '/usr/local/bin/docker-registry'],
      [process.execPath, '/usr/local/bin/node'],
      [repository, repository],
      // Where it is a link, what it leads to is needed as well.
      [modules, modules],
    ];
    await using engine = await openEngine(binds, { store: 'containerd' });
    await use(engine);
  },
});
