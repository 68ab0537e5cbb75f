// A real container engine.
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { $, path } from 'zx';
import type { Platform } from '../build.config.ts';
import { openEmulation, thisPlatform } from './emulation.ts';
import {
  type Bind,
  type Machine,
  openMachine,
  type Outcome,
  runIn,
  type StartOptions,
} from './machine.ts';
import { provisionEngine, provisionFrontend } from './provision.ts';

/** A machine with a container engine: containers end with it, as all that runs there. */
export type Engine = Machine & {
  /** Runs the engine's client to its end; `input` is its whole stdin. */
  readonly docker: (
    words: readonly string[],
    options?: StartOptions & { readonly input?: string },
  ) => Promise<Outcome>;
};

export type EngineOptions = {
  /** How it keeps images: its own way, or containerd's, whose builder can write them to files. */
  readonly store?: 'docker' | 'containerd';
  /** What it takes images to be of, where nothing else is said. */
  readonly platform?: Platform;
  /** A file in which another engine has kept its images (`keepStorage`). */
  readonly storage?: string;
};

/**
 * Opens an engine that nothing of this machine's own is known to, and the other way round. It has the
 * labs frontend, and no other image unless it is given some.
 */
export async function openEngine(
  binds: readonly Bind[],
  { store = 'docker', platform, storage }: EngineOptions = {},
): Promise<Engine> {
  await using opened = new AsyncDisposableStack();
  const cgroup = `guix-entry-point-${randomUUID()}`;
  const root = await provisionEngine();
  const program = await provisionFrontend();
  const frontend: Bind = [program, '/frontend/dockerfile-frontend'];
  const { by } = opened.use(await openEmulation(platform ?? thisPlatform));
  const afterwards = removeCgroups(cgroup);
  const machine = opened.use(await openMachine(root, [...binds, frontend], { by, afterwards }));
  await mountStorage(machine, storage);
  await startDaemon(machine, cgroup, store);
  if (storage === undefined) await importFrontend(machine);
  const client = platform === undefined ? machine : preferPlatform(machine, platform);
  const everything = opened.move();
  return {
    ...client,
    docker: (words, options) => runIn(client, ['docker', ...words], options),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/**
 * Name spaces don't hold cgroups: they are in the tree of this whole machine, and nobody removes the
 * one above those of the containers. Version 1 has a tree for each controller.
 */
function removeCgroups(name: string): string {
  // Those of others come and go.
  return `find /sys/fs/cgroup -ignore_readdir_race -type d -path '*/${name}*' -delete`;
}

/** Layers have attributes that take away what is below them. */
const tar = ['tar', '--xattrs', '--xattrs-include=*'];

/** It has to be a file system that overlays can be made on, which an overlay isn't. */
async function mountStorage(machine: Machine, storage: string | undefined): Promise<void> {
  const directory = '/var/lib/docker';
  const mount = `mkdir --parents ${directory} && mount -t tmpfs docker ${directory}`;
  await succeed(machine, ['sh', '-ec', mount]);
  if (storage === undefined) return;
  await $`${tar} --extract --file=${storage} --directory=${machine.at(directory)}`;
}

/** The network is the machine's loopback alone, so the engine has neither bridges nor rules to make. */
async function startDaemon(
  machine: Machine,
  cgroup: string,
  store: 'docker' | 'containerd',
): Promise<void> {
  // What has no option: `RUN --security=insecure` is allowed to those who ask for it.
  const configuration = {
    builder: { Entitlements: { 'security-insecure': true } },
    features: { buildkit: true, 'containerd-snapshotter': store === 'containerd' },
  };
  const script = [
    'mkdir --parents /etc/docker',
    `printf %s '${JSON.stringify(configuration)}' >/etc/docker/daemon.json`,
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

/** The engine's client reads it from its environment. */
function preferPlatform(machine: Machine, platform: Platform): Machine {
  return {
    ...machine,
    start: (command, options = {}) => {
      const env = { DOCKER_DEFAULT_PLATFORM: platform, ...options.env };
      return machine.start(command, { ...options, env });
    },
  };
}

/** Ends the engine's daemon, and keeps its storage in a file, which gets its name when it is complete. */
export async function keepStorage(engine: Engine, file: string): Promise<void> {
  const end =
    'pid=$(cat /run/docker.pid); kill $pid; tail --pid=$pid --sleep-interval=0.1 --follow /dev/null';
  await succeed(engine, ['sh', '-ec', end]);
  const unfinished = `${file}.${process.pid}`;
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await $`${tar} --create --file=${unfinished} --directory=${engine.at('/var/lib/docker')} .`;
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Runs a program there that has to end well. */
export async function succeed(
  machine: Machine,
  command: readonly string[],
  input = '',
): Promise<string> {
  const { status, stdout, stderr } = await runIn(machine, command, { input });
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${stderr}`);
  return stdout;
}
