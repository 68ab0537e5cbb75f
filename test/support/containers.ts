import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { test as base, expect, inject } from 'vitest';
import type { Engine } from '../../scripts/engine.ts';
import { openImageEngine } from '../../scripts/images.ts';
import { type Outcome, runIn } from '../../scripts/machine.ts';

export { expect } from 'vitest';

/** A test with an engine that has our images, which the tests of a file share: containers have names of their own. */
export const test = base.extend<{ engine: Engine }>({
  engine: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      const { platform, storage } = inject('images');
      await using engine = await openImageEngine(platform, storage);
      await use(engine);
    },
    { scope: 'file' },
  ],
});

/** Runs a line of shell beside the engine, as users type it; `input` is its whole stdin. */
export function runLine(engine: Engine, line: string, input = ''): Promise<Outcome> {
  return runIn(engine, ['bash', '-c', line], { input });
}

/** `guix build -f FILE` with a package of `test/fixtures/packages`. */
export function guixBuild(file: string): string {
  return `guix build -L /fixtures/packages -f /fixtures/packages/${file}`;
}

/** The build of `hello.scm`, and what a command prints that has it built. */
export const hello = guixBuild('hello.scm');
export const helloPath = /^\/gnu\/store\/[0-9a-z]{32}-hello-2\.12\n$/;

export const machineDocs = readFileSync(
  path.join(import.meta.dirname, '../../docs/machine.md'),
  'utf8',
);

/** What became of a build of `where.scm`. */
export function judgeBuild({ status, stderr }: Outcome): string {
  if (status !== 0) return 'no builds';
  return stderr.includes('the builder is process 1\n') ? 'isolated' : 'not isolated';
}

/** What a daemon writes and takes away again: sockets, and journals of its database. */
export async function listTraces(engine: Engine, container: string): Promise<string[]> {
  const { status, stdout } = await engine.docker(['diff', container]);
  expect(status).toBe(0);
  const files = stdout.split('\n').map((line) => line.slice(2));
  return files.filter((file) =>
    /^\/(var\/guix|nix\/var\/nix)\/(daemon-socket\/|db\/.*-(wal|shm)$)/.test(file),
  );
}

/** The commands of all that runs in a container. */
export async function listCommands(engine: Engine, container: string): Promise<string[]> {
  const { stdout } = await engine.docker(['top', container, '-o', 'pid,args']);
  const [, ...commands] = stdout.trimEnd().split('\n');
  return commands.map((command) => command.replace(/^\s*\d+\s+/, ''));
}

/** Proves that a container that has ended with this status has nothing of a daemon in its layer. */
export async function expectEnded(
  engine: Engine,
  container: string,
  status: number,
): Promise<void> {
  const format = '--format={{.State.Status}} {{.State.ExitCode}}';
  const { stdout } = await engine.docker(['inspect', format, container]);
  expect(stdout).toBe(`exited ${status}\n`);
  expect(await listTraces(engine, container)).toEqual([]);
}

/** Proves that an image has nothing of a daemon, or of us, where a daemon has been. */
export async function expectNoTraces(engine: Engine, name: string): Promise<void> {
  const directories = '/var/guix/daemon-socket /var/guix/db';
  const files = await runLine(engine, `docker run --rm --entrypoint ls ${name} ${directories}`);
  expect(files).toMatchObject({
    status: 0,
    stdout: '/var/guix/daemon-socket:\n\n/var/guix/db:\nbig-lock\ndb.sqlite\nreserved\nschema\n',
  });
}
