// The main job on real input, success and failure, under the Guix of this machine or one made for it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { chalk, os, path, which } from 'zx';
import { runScript, say } from './script.ts';
import { listLeftovers, openWorld } from './world.ts';

const repository = path.join(import.meta.dirname, '..');
const packages = path.join(repository, 'test/fixtures/packages');
const executable = path.join(repository, 'dist/guix-entry-point');

/** A machine with a Guix, and a working directory there. */
type Place = AsyncDisposable & {
  readonly start: (command: readonly string[]) => ChildProcess;
  /** The working directory, as it is reached from here. */
  readonly directory: string;
  /** What of a daemon is left there: processes, sockets, journals. */
  readonly listLeftovers: () => readonly string[];
};

/** Runs a build that succeeds and one that fails, and proves that nothing survives them. */
export async function demonstrate(): Promise<void> {
  await using place = (await findGuix()) ?? (await makeGuix());
  await cp(packages, place.directory, { recursive: true });
  await show(place, 'hello.scm', 0);
  await show(place, 'broken.scm', 1);
  console.log(chalk.bold('\nWhat the second one left in the working directory:'));
  const logs = (await readdir(place.directory)).filter((name) => name.endsWith('.drv'));
  console.log(logs.join('\n'));
  if (logs.length !== 1)
    throw new Error(`${logs.length} logs, not the one of the build that failed`);
  const leftovers = place.listLeftovers();
  if (leftovers.length > 0) throw new Error(`something survived:\n${leftovers.join('\n')}`);
  console.log(chalk.bold('\nNothing survived: no process, no socket, no journal of the database.'));
}

async function show(place: Place, file: string, expected: number): Promise<void> {
  const command = ['guix', 'build', '-L', '.', '-f', file];
  console.log(chalk.bold(`\n$ guix-entry-point ${command.join(' ')}`));
  const child = place.start(command);
  await once(child, 'exit');
  console.log(chalk.bold(`$ echo $?\n${child.exitCode}`));
  if (child.exitCode !== expected) throw new Error(`the exit status is not ${expected}`);
}

/** This machine's own Guix, if it has one that can be used for this. */
async function findGuix(): Promise<Place | undefined> {
  const daemon = await which('guix-daemon', { nothrow: true });
  const shell = await which('busybox', { nothrow: true });
  if (daemon === null || shell === null || process.getuid?.() !== 0) return undefined;
  say(`using the Guix of this machine: ${daemon}`);
  // This machine may have a daemon of its own.
  const before = new Set(listLeftovers('/'));
  const directory = await mkdtemp(path.join(os.tmpdir(), 'guix-entry-point-'));
  const tools = path.join(directory, '.shell/bin');
  await cp(shell, path.join(tools, 'sh'));
  const env = { ...process.env, GUIX_TEST_SHELL: path.dirname(tools) };
  return {
    start: (command) => spawn(executable, command, { cwd: directory, env, stdio: 'inherit' }),
    directory,
    listLeftovers: () => listLeftovers('/').filter((leftover) => !before.has(leftover)),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

async function makeGuix(): Promise<Place> {
  const world = await openWorld();
  return {
    start: (command) => world.start(['/entry-point.sh', ...command], { stdio: 'inherit' }),
    directory: world.at('/job'),
    listLeftovers: () => listLeftovers(world.at('/')),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

if (import.meta.main) await runScript(demonstrate);
