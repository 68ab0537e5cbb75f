import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { type Engine, succeed } from '../../scripts/engine.ts';
import { openBuildEngine } from '../../scripts/build-engine.ts';
import type { Bind } from '../../scripts/machine.ts';
import { provisionRegistry } from '../../scripts/provision.ts';
import { startIn } from './real.ts';

export { expect } from 'vitest';

const repository = join(import.meta.dirname, '../..');
const modules = realpathSync(join(repository, 'node_modules'));
export const programs = join(repository, 'test/fixtures/programs');

/** Where the registry is. */
export const registry = '127.0.0.1:5000';

const configuration = `version: 0.1
storage: { filesystem: { rootdirectory: /srv/registry } }
http: { addr: ${registry} }
`;

/** A test with an engine, a registry, and a builder that pushes by digest: `BUILDX_BUILDER=release`. */
export const test = base.extend<{ engine: Engine }>({
  engine: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using engine = await openRegistryEngine();
      await use(engine);
    },
    { scope: 'file' },
  ],
});

/** Opens an engine that has the registry, the builder, and the repository with a Node for its scripts. */
export async function openRegistryEngine(binds: readonly Bind[] = []): Promise<Engine> {
  const own: readonly Bind[] = [
    [await provisionRegistry(), '/usr/local/bin/docker-registry'],
    [process.execPath, '/usr/local/bin/node'],
    [repository, repository],
    // Where it is a link, what it leads to is needed as well.
    [modules, modules],
  ];
  await using opened = new AsyncDisposableStack();
  const engine = opened.use(await openBuildEngine([...own, ...binds], { store: 'containerd' }));
  await startRegistry(engine);
  await startBuilder(engine);
  const everything = opened.move();
  return { ...engine, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}

async function startRegistry(engine: Engine): Promise<void> {
  await succeed(engine, ['sh', '-c', 'cat >/srv/registry.yml'], configuration);
  const running = startIn(engine, ['docker-registry', 'serve', '/srv/registry.yml']);
  await running.says(`listening on ${registry}`);
}

async function startBuilder(engine: Engine): Promise<void> {
  const bridge = `exec ${programs}/grpc-bridge /run/builder.sock >&2`;
  await startIn(engine, ['sh', '-c', bridge]).says('ready\n');
  const builder = ['--name=release', '--driver=remote', 'unix:///run/builder.sock'];
  await succeed(engine, ['docker', 'buildx', 'create', ...builder]);
}
