// A real container engine, with an image that has a real Guix and the executable as its entry point.
import { readFile } from 'node:fs/promises';
import { path } from 'zx';
import { type Engine, openBareEngine, succeed } from './bare-engine.ts';
import type { Bind, Machine } from './machine.ts';
import { provision } from './provision.ts';

export type { Engine } from './bare-engine.ts';

const repository = path.join(import.meta.dirname, '..');

/** The image that an engine has: Guix, `test/fixtures` as `/fixtures`, and what the README adds. */
const image = 'guix-test';

/** Guix alone, as `provision` made it. */
const guixImage = 'guix';

const binds: readonly Bind[] = [
  [path.join(repository, 'dist/guix-entry-point'), '/context/dist/guix-entry-point'],
  [path.join(repository, 'test/fixtures'), '/context/fixtures'],
  // Named in options as from the top of the repository.
  [path.join(repository, 'image'), '/job/image'],
];

/** Opens an engine that nothing of this machine's own is known to, and the other way round. */
export async function openEngine(): Promise<Engine> {
  await using opened = new AsyncDisposableStack();
  const guix: Bind = [await provision(), '/guix'];
  const engine = opened.use(await openBareEngine([...binds, guix]));
  await makeGuixImage(engine);
  await makeImage(engine);
  const everything = opened.move();
  return { ...engine, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}

/**
 * An import of these 800 MB takes 9 s and as much memory each time. An empty layer with the root
 * file system mounted in its place takes neither: layers are only ever read.
 */
async function makeGuixImage(machine: Machine): Promise<void> {
  const layer = `docker inspect --format '{{.GraphDriver.Data.UpperDir}}' ${guixImage}`;
  const script = [
    `tar --create --files-from=/dev/null | docker import - ${guixImage}`,
    `mount --bind /guix "$(${layer})"`,
  ];
  await succeed(machine, ['sh', '-ec', script.join('\n')]);
}

async function makeImage(machine: Machine): Promise<void> {
  const lines = [
    `FROM ${guixImage}`,
    'COPY fixtures /fixtures',
    'COPY fixtures/programs/guix-without-network /usr/local/bin/guix',
    'WORKDIR /job',
    await readDockerfileLines(),
  ];
  const words = ['docker', 'build', '--network=none', `--tag=${image}`, '--file=-', '/context'];
  await succeed(machine, words, lines.join('\n'));
}

/** What the README says that a Dockerfile needs. */
async function readDockerfileLines(): Promise<string> {
  const readme = await readFile(path.join(repository, 'README.md'), 'utf8');
  const lines = /^```dockerfile\n(.*?)^```$/ms.exec(readme)?.[1];
  if (lines === undefined) throw new Error('the README has no Dockerfile');
  return lines;
}
