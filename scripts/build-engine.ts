// A real container engine that builds our image, from nothing but Debian's packages and the program
// that `npm run build` has made.
import { path } from 'zx';
import { buildConfig, type Platform } from '../build.config.ts';
import { isEmulated, thisPlatform } from './emulation.ts';
import { type Engine, type EngineOptions, openEngine, succeed } from './engine.ts';
import type { Bind, Machine, Outcome } from './machine.ts';
import { openMirror } from './mirror.ts';
import { provisionBase } from './provision.ts';

const repository = path.join(import.meta.dirname, '..');

/** What a build sees of the repository; .dockerignore says which of it is the context. */
const context = '/context';

/** The trees of programs, by platform, that stand in for the Dockerfile's stage of that name. */
const executables = '/executables';

/** Where an engine has the packages of the tests, and the shell that builds them. */
export const fixtures = '/fixtures';
export const testShell = '/guix-test-shell';

/** Options of `docker run` by which a container of an image that was built there has them. */
export const fixtureMounts = [
  `--volume=${fixtures}:/fixtures:ro`,
  `--volume=${testShell}:/usr/lib/guix-test-shell:ro`,
] as const;

/** What of the repository is in each engine. */
export const repositoryBinds: readonly Bind[] = [
  [repository, context],
  [path.join(repository, 'test/fixtures'), fixtures],
  // Options name it as from the top of the repository.
  [path.join(repository, 'image'), '/job/image'],
];

/** Opens an engine that has what a build of the image needs: its base, the repository, the program. */
export async function openBuildEngine(
  binds: readonly Bind[] = [],
  { platform = thisPlatform, ...options }: EngineOptions = {},
): Promise<Engine> {
  await using opened = new AsyncDisposableStack();
  const base: Bind = [await provisionBase(platform), '/base'];
  const own = [...repositoryBinds, base, bindProgram(platform)];
  const engine = opened.use(await openEngine([...own, ...binds], { platform, ...options }));
  await importBase(engine);
  await makeTestShell(engine, platform);
  const everything = opened.move();
  return { ...engine, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}

/** What `npm run build` makes, and the trees of `scripts/build.ts`, as the Dockerfile finds them. */
export function bindProgram(platform: Platform): Bind {
  const output = path.join(repository, buildConfig.outputDirectory);
  const tree = `${executables}/${platform}`;
  if (platform !== thisPlatform) return [path.join(output, 'platforms', platform), tree];
  return [path.join(output, buildConfig.name), `${tree}/bin/${buildConfig.name}`];
}

/** It has a `CMD`, as Debian's image has. */
async function importBase(machine: Machine): Promise<void> {
  const line = `tar --create --directory=/base . | docker import --change='CMD ["bash"]' - debian:sid-slim`;
  await succeed(machine, ['sh', '-ec', line]);
}

/**
 * The shell that builds of `test/fixtures/packages` run in: one that needs no other file, or where they
 * can't be isolated, the image's own.
 */
async function makeTestShell(machine: Machine, platform: Platform): Promise<void> {
  const program = isEmulated(platform) ? '/base/bin/$name' : '/usr/bin/busybox';
  const script = [
    `mkdir --parents ${testShell}/bin`,
    `for name in sh sleep dd; do cp ${program} ${testShell}/bin/$name; done`,
  ];
  await succeed(machine, ['sh', '-ec', script.join('\n')]);
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
