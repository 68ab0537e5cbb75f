// A real container engine that has built our image, from nothing but Debian's packages and the
// program that `npm run build` has made.
import { path } from 'zx';
import { type Engine, type EngineOptions, openBareEngine, succeed } from './bare-engine.ts';
import type { Bind, Machine, Outcome } from './machine.ts';
import { openMirror } from './mirror.ts';
import { provisionBase } from './provision.ts';

const repository = path.join(import.meta.dirname, '..');

/** What the Dockerfile's targets are called in the engine. */
const names = { image: 'guix-entry-point', rootless: 'guix-entry-point:rootless' } as const;

/** What a build sees of the repository; .dockerignore says which of it is the context. */
const context = '/context';

/** The trees of programs, by platform, that stand in for the Dockerfile's stage of that name. */
const executables = '/executables';

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

/** Opens an engine that has what a build of the image needs: its base, the repository, the program. */
export async function openBuildEngine(
  binds: readonly Bind[] = [],
  options: EngineOptions = {},
): Promise<Engine> {
  await using opened = new AsyncDisposableStack();
  const own: readonly Bind[] = [
    [await provisionBase(), '/base'],
    [repository, context],
    [path.join(repository, 'dist/guix-entry-point'), `${executables}/${nameProgram()}`],
    [path.join(repository, 'test/fixtures'), '/fixtures'],
  ];
  const engine = opened.use(await openBareEngine([...own, ...binds], options));
  await (options.store === 'containerd' ? importBase : mountBase)(engine);
  await makeTestShell(engine);
  const everything = opened.move();
  return { ...engine, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}

/** What `npm run build` makes, as the Dockerfile finds it. */
function nameProgram(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  return `linux/${architecture}/bin/guix-entry-point`;
}

/** Builds the Dockerfile with these options of `docker buildx build`; the last can be another file's. */
export async function buildImage(engine: Engine, options: readonly string[]): Promise<void> {
  const { status, stderr } = await tryBuildImage(engine, options);
  if (status !== 0) throw new Error(`the image can't be built:\n${stderr}`);
}

/** The same, for a build that may fail. */
export async function tryBuildImage(engine: Engine, options: readonly string[]): Promise<Outcome> {
  await using mirror = await openMirror(engine);
  const network = ['--network=host', `--build-arg=http_proxy=${mirror.url}`];
  const named = `--build-context=executable=${executables}`;
  const words = ['buildx', 'build', '--progress=plain', ...network, named, ...options, context];
  return await engine.docker(words);
}

/**
 * The root file system is mounted in the place of an empty layer: that takes neither the time nor the
 * memory of an import, and layers are only ever read. The image has a `CMD`, as Debian's has.
 */
async function mountBase(machine: Machine): Promise<void> {
  const layer = `docker inspect --format '{{.GraphDriver.Data.UpperDir}}' debian:sid-slim`;
  const script = [
    `tar --create --files-from=/dev/null | docker import --change='CMD ["bash"]' - debian:sid-slim`,
    `mount --bind /base "$(${layer})"`,
  ];
  await succeed(machine, ['sh', '-ec', script.join('\n')]);
}

/** For a store whose layers can't be looked into. */
async function importBase(machine: Machine): Promise<void> {
  const line = `tar --create --directory=/base . | docker import --change='CMD ["bash"]' - debian:sid-slim`;
  await succeed(machine, ['sh', '-ec', line]);
}

/** The shell that builds of `test/fixtures/packages` run in. */
async function makeTestShell(machine: Machine): Promise<void> {
  const script = [
    'mkdir --parents /guix-test-shell/bin',
    'for name in sh sleep dd; do cp /usr/bin/busybox /guix-test-shell/bin/$name; done',
  ];
  await succeed(machine, ['sh', '-ec', script.join('\n')]);
}
