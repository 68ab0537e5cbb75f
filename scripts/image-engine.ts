// A real container engine that has built our image, from nothing but Debian's packages and the
// programs in dist/platforms.
import { path } from 'zx';
import { type Engine, openBareEngine, succeed } from './bare-engine.ts';
import type { Bind, Machine } from './machine.ts';
import { openMirror } from './mirror.ts';
import { provisionBase } from './provision.ts';

const repository = path.join(import.meta.dirname, '..');

/** What the Dockerfile's targets are called in the engine. */
const names = { image: 'guix-entry-point', rootless: 'guix-entry-point:rootless' } as const;

/** What a build sees of the repository; .dockerignore says which of it is the context. */
const context = '/context';

/** Options of `docker run` by which a container of these images has the packages of the tests, and their shell. */
export const fixtureMounts = [
  '--volume=/fixtures:/fixtures:ro',
  '--volume=/guix-test-shell:/usr/lib/guix-test-shell:ro',
] as const;

/** Opens an engine with the images `guix-entry-point` and `guix-entry-point:rootless`. */
export async function openImageEngine(binds: readonly Bind[] = []): Promise<Engine> {
  await using opened = new AsyncDisposableStack();
  const engine = opened.use(await openBuildEngine(binds));
  for (const [target, name] of Object.entries(names)) {
    await buildImage(engine, [`--target=${target}`, `--tag=${name}`]);
  }
  const everything = opened.move();
  return { ...engine, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}

/** Opens an engine that has what a build of the image needs: its base, and the repository. */
export async function openBuildEngine(binds: readonly Bind[] = []): Promise<Engine> {
  await using opened = new AsyncDisposableStack();
  const own: readonly Bind[] = [
    [await provisionBase(), '/base'],
    [repository, context],
    [path.join(repository, 'test/fixtures'), '/fixtures'],
  ];
  const engine = opened.use(await openBareEngine([...own, ...binds]));
  await makeBase(engine);
  await makeTestShell(engine);
  const everything = opened.move();
  return { ...engine, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}

/** Builds the Dockerfile with these options of `docker buildx build`; the program is in dist/platforms. */
export async function buildImage(engine: Engine, options: readonly string[]): Promise<void> {
  await using mirror = await openMirror(engine);
  const network = ['--network=host', `--build-arg=http_proxy=${mirror.url}`];
  const executable = `--build-context=executable=${context}/dist/platforms`;
  const words = ['docker', 'buildx', 'build', ...network, executable, ...options, context];
  await succeed(engine, words);
}

/**
 * The root file system is mounted in the place of an empty layer: that takes neither the time nor the
 * memory of an import, and layers are only ever read. The image has a `CMD`, as Debian's has.
 */
async function makeBase(machine: Machine): Promise<void> {
  const layer = `docker inspect --format '{{.GraphDriver.Data.UpperDir}}' debian:sid-slim`;
  const script = [
    `tar --create --files-from=/dev/null | docker import --change='CMD ["bash"]' - debian:sid-slim`,
    `mount --bind /base "$(${layer})"`,
  ];
  await succeed(machine, ['sh', '-ec', script.join('\n')]);
}

/** The shell that builds of `test/fixtures/packages` run in. */
async function makeTestShell(machine: Machine): Promise<void> {
  const script = [
    'mkdir --parents /guix-test-shell/bin',
    'for name in sh sleep dd; do cp /usr/bin/busybox /guix-test-shell/bin/$name; done',
  ];
  await succeed(machine, ['sh', '-ec', script.join('\n')]);
}
