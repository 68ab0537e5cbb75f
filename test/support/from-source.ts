import { $, path } from 'zx';
import { type Engine, succeed } from '../../scripts/engine.ts';
import { openBuildEngine } from '../../scripts/build-engine.ts';
import { openMirror } from '../../scripts/mirror.ts';
import { test as base } from 'vitest';
import { provideNpm } from './npm.ts';

export { expect } from 'vitest';

/** Stands for the image of Node: the Node of our packages, an npm from npm, and whom this machine trusts. */
const nodeDockerfile = `FROM debian:sid-slim
COPY --from=node node /usr/local/bin/
COPY --from=npm . /usr/local/lib/node_modules/npm
COPY --from=certificates ca-certificates.crt /etc/ssl/certs/
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
`;

/** A test with an engine that builds the program as it does where nobody has it: from source. */
export const test = base.extend<{ engine: Engine }>({
  engine: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using engine = await openBuildEngine([
        [path.dirname(process.execPath), '/node'],
        [await provideNpm(), '/npm'],
        ['/etc/ssl/certs', '/certificates'],
      ]);
      const contexts = ['node', 'npm', 'certificates'].map(
        (name) => `--build-context=${name}=/${name}`,
      );
      const words = ['buildx', 'build', '--network=none', '--tag=node:24-trixie-slim'];
      await succeed(engine, ['docker', ...words, ...contexts, '-'], nodeDockerfile);
      const { stdout: registry } = await $`npm config get registry`;
      await succeed(engine, ['sh', '-c', 'cat >/npmrc'], `registry=${registry}`);
      await use(engine);
    },
    { scope: 'file' },
  ],
});

/** Builds a target of the Dockerfile from the repository alone, with npm's settings as a secret. */
export async function buildFromSource(engine: Engine, options: readonly string[]): Promise<void> {
  await using mirror = await openMirror(engine);
  const proxies = ['http_proxy', 'https_proxy'].map((name) => `--build-arg=${name}=${mirror.url}`);
  const words = ['--network=host', '--secret=id=npmrc,src=/npmrc', ...proxies, ...options];
  await succeed(engine, ['docker', 'buildx', 'build', '--progress=plain', ...words, '/context']);
}
