// A real container engine, with an image that has a real Guix and the executable as its entry point.
import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile, rmdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { path } from 'zx';
import {
  type Bind,
  type Machine,
  openMachine,
  type Outcome,
  runIn,
  type StartOptions,
} from './machine.ts';
import { provision, provisionEngine, provisionFrontend } from './provision.ts';

const repository = path.join(import.meta.dirname, '..');

/** A machine with a container engine: containers end with it, as all that runs there. */
export type Engine = Machine & {
  /** Runs the engine's client to its end; `input` is its whole stdin. */
  readonly docker: (
    words: readonly string[],
    options?: StartOptions & { readonly input?: string },
  ) => Promise<Outcome>;
};

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
  const cgroup = `guix-entry-point-${randomUUID()}`;
  opened.defer(() => removeCgroups(cgroup));
  const guix = await provision();
  const root = await provisionEngine();
  const program = await provisionFrontend();
  const provisioned: readonly Bind[] = [
    [guix, '/guix'],
    [program, '/frontend/dockerfile-frontend'],
  ];
  const machine = opened.use(await openMachine(root, [...binds, ...provisioned]));
  await startDaemon(machine, cgroup);
  await importFrontend(machine);
  await makeGuixImage(machine);
  await makeImage(machine);
  const everything = opened.move();
  return {
    ...machine,
    docker: (words, options) => runIn(machine, ['docker', ...words], options),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/**
 * Name spaces don't hold cgroups: they are in the tree of this whole machine, and nobody removes the
 * one above those of the containers. Version 1 has a tree for each controller.
 */
async function removeCgroups(name: string): Promise<void> {
  const found = globSync(`/sys/fs/cgroup/{,*/}${name}/{,**/}`);
  const deepestFirst = found.toSorted((one, other) => other.length - one.length);
  for (const directory of deepestFirst) await rmdir(directory);
}

/** What has no option: `RUN --security=insecure` is allowed to those who ask for it. */
const configuration = {
  builder: { Entitlements: { 'security-insecure': true } },
  features: { buildkit: true },
};

/** The network is the machine's loopback alone, so the engine has neither bridges nor rules to make. */
async function startDaemon(machine: Machine, cgroup: string): Promise<void> {
  // Its storage needs a file system that overlays can be made on, which an overlay isn't.
  const script = [
    'mkdir --parents /etc/docker /var/lib/docker',
    `printf %s '${JSON.stringify(configuration)}' >/etc/docker/daemon.json`,
    'mount -t tmpfs docker /var/lib/docker',
    'exec dockerd "$@"',
  ].join('\n');
  const options = ['--bridge=none', '--iptables=false', '--ip6tables=false'];
  const command = ['sh', '-ec', script, 'sh', ...options, `--cgroup-parent=/${cgroup}`];
  const { stderr } = machine.start(command, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (stderr === null) throw new Error('the program has no pipes');
  const said: string[] = [];
  for await (const line of createInterface(stderr)) {
    said.push(line);
    if (!line.includes('API listen on')) continue;
    // A full pipe would hold up the daemon.
    stderr.resume();
    return;
  }
  throw new Error(`cannot start the container engine:\n${said.join('\n')}`);
}

/** The builder runs it for a Dockerfile that asks for it by that name, and finds it here. */
async function importFrontend(machine: Machine): Promise<void> {
  const needs = ['inputs', 'subrequests', 'contexts'].map(
    (name) => `moby.buildkit.frontend.${name}`,
  );
  const changes = [
    'ENTRYPOINT ["/dockerfile-frontend"]',
    'LABEL moby.buildkit.frontend.network.none=true',
    `LABEL moby.buildkit.frontend.caps=${needs.join()}`,
  ].map((change) => `--change='${change}'`);
  const files = 'tar --create --directory=/frontend dockerfile-frontend';
  const line = `${files} | docker import ${changes.join(' ')} - docker/dockerfile:1-labs`;
  await succeed(machine, ['sh', '-ec', line]);
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

async function succeed(machine: Machine, command: readonly string[], input = ''): Promise<void> {
  const { status, stderr } = await runIn(machine, command, { input });
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${stderr}`);
}
