import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { test as base, expect } from 'vitest';
import { findOnlyChild, type Outcome, runIn, type StartOptions } from '../../scripts/machine.ts';
import {
  listLeftovers,
  listProcesses as listProcessesOf,
  openWorld,
  type Process,
  type World,
} from '../../scripts/world.ts';
import { daemon as installed } from './daemons.ts';

export { expect } from 'vitest';
export { daemon } from './daemons.ts';
export { runIn } from '../../scripts/machine.ts';

/** A test with a world of its own, gone afterwards. */
export const test = base.extend<{ world: World }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
  world: async ({}, use) => {
    await using world = await openWorld([], installed.installed);
    await use(world);
  },
});

/** Where the executable stands in the world. */
export const entryPoint = '/entry-point.sh';

/** `guix build -f FILE` with the packages of `test/fixtures/packages`. */
export function guixBuild(...files: readonly string[]): readonly string[] {
  return [
    'guix',
    'build',
    '-L',
    '/fixtures/packages',
    ...files.flatMap((file) => ['-f', `/fixtures/packages/${file}`]),
  ];
}

/** Runs the executable to its end. */
export function run(
  world: World,
  words: readonly string[],
  options?: StartOptions & { readonly input?: string },
): Promise<Outcome> {
  return runIn(world, [entryPoint, ...words], options);
}

/** A program that has been started and is not waited for yet. */
export type Running = {
  readonly child: ChildProcess;
  /** Its number outside the world. */
  readonly pid: number;
  /** All that it has written to stderr so far. */
  readonly stderr: () => string;
  readonly stdout: () => string;
  /** Waits for a text on stderr, and fails if it ends without it. */
  readonly says: (text: string) => Promise<void>;
  /** The same; what follows is not read until `readOn`, so a run that has much to say waits for that. */
  readonly holdAt: (text: string) => Promise<void>;
  readonly readOn: () => void;
  readonly ended: Promise<{
    readonly status: number | null;
    readonly signal: NodeJS.Signals | null;
  }>;
};

/** Starts the executable with pipes and a stdin that stays open. */
export function start(world: World, words: readonly string[], options?: StartOptions): Running {
  return startIn(world, [entryPoint, ...words], options);
}

/** The same for any program. */
export function startIn(world: World, command: readonly string[], options?: StartOptions): Running {
  const child = world.start(command, { ...options, stdio: 'pipe' });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const ended = new Promise<Awaited<Running['ended']>>((resolve) => {
    child.once('close', (status: number | null, signal: NodeJS.Signals | null) =>
      resolve({ status, signal }),
    );
  });
  return {
    child,
    get pid() {
      return findOnlyChild(child.pid);
    },
    stdout: stdout.text,
    stderr: stderr.text,
    says: stderr.waitFor,
    holdAt: stderr.holdAt,
    readOn: stderr.readOn,
    ended,
  };
}

function collect(stream: ChildProcess['stdout']): {
  text: () => string;
  waitFor: (wanted: string) => Promise<void>;
  holdAt: (wanted: string) => Promise<void>;
  readOn: () => void;
} {
  let collected = '';
  let held: string | undefined;
  if (stream === null) throw new Error('the program has no pipes');
  const readable = stream;
  readable.setEncoding('utf8').on('data', (chunk: string) => {
    collected += chunk;
    if (held !== undefined && collected.includes(held)) readable.pause();
  });
  async function waitFor(wanted: string): Promise<void> {
    while (!collected.includes(wanted)) {
      const waiting = new AbortController();
      const { signal } = waiting;
      const ends = once(readable, 'end', { signal }).then(() => {
        throw new Error(`no «${wanted}» in:\n${collected}`);
      });
      await Promise.race([once(readable, 'data', { signal }), ends]);
      // Nobody looks at the other's end.
      ends.catch(() => {});
      waiting.abort();
    }
  }
  function holdAt(wanted: string): Promise<void> {
    held = wanted;
    return waitFor(wanted);
  }
  function readOn(): void {
    held = undefined;
    readable.resume();
  }
  return { text: () => collected, waitFor, holdAt, readOn };
}

/** Sends again until it is understood: what comes within 100 ms of the first belongs to it. */
export async function insist(running: Pick<Running, 'stderr'>, send: () => void): Promise<void> {
  const ask = (): string => {
    if (!running.stderr().includes('for the second time')) send();
    return running.stderr();
  };
  await expect.poll(ask).toContain('for the second time: sending SIGKILL to the command');
}

/** The processes of the world, without process 1. */
export function listProcesses(world: World): readonly Process[] {
  return listProcessesOf(world.at('/')).filter(({ pid }) => pid > 1);
}

/** The state of a process, as this machine numbers it: `R`, `S`, `T` (stopped), `Z` (zombie), … */
export function readState(pid: number, proc = '/proc'): string {
  const stat = readFileSync(`${proc}/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

/** The child of a process that goes by that name, both as this machine numbers them. */
export function findChildByName(pid: number, name: string): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
  const child = children.find(
    (number) => readFileSync(`/proc/${number}/comm`, 'latin1') === `${name}\n`,
  );
  if (child === undefined) throw new Error(`${pid} has no child called ${name}`);
  return Number(child);
}

/** Sends a signal to a process of the world, by its number there. */
export async function kill(world: World, pid: number, signal: string): Promise<void> {
  expect(await runIn(world, ['sh', '-c', `kill -${signal} ${pid}`])).toMatchObject({ status: 0 });
}

/** A session keeps what doesn't fit into its own name of its daemon's command line. */
const sessionPattern = /(guix|nix)-daemon \d+(\s|$)/;

/** The daemons that listen in the world; sessions are named after their clients. */
export function listDaemons(world: World): readonly Process[] {
  return listProcesses(world).filter(
    ({ command }) => / --(listen=|daemon\b)/.test(command) && !sessionPattern.test(command),
  );
}

/** The one daemon that listens in the world: sessions are named after their clients. */
export function findDaemon(world: World): Process {
  const daemons = listDaemons(world);
  const [daemon] = daemons;
  if (daemon === undefined || daemons.length > 1) throw new Error(`${daemons.length} daemons run`);
  return daemon;
}

/** Starts a daemon that is nobody's run's, and waits until its socket is there. */
export async function startDaemon(world: World): Promise<void> {
  const { program, arguments: words, socket } = installed;
  world.start([program, ...words], { stdio: 'ignore' });
  await expect.poll(() => existsSync(world.at(socket))).toBe(true);
}

/** The one session of that daemon: its command line is the daemon's program and its client's number. */
export function findSession(world: World): Process {
  const sessions = listProcesses(world).filter(({ command }) => sessionPattern.test(command));
  const [session] = sessions;
  if (session === undefined || sessions.length > 1)
    throw new Error(`${sessions.length} sessions run`);
  return session;
}

/** Proves through `/proc` and the file system that a run left nothing behind. */
export function expectNothingSurvives(world: World): void {
  expect(listProcesses(world)).toEqual([]);
  expect(listLeftovers(world.at('/'), installed.kind.name)).toEqual([]);
  expect(readFileSync(`/proc/${world.pid}/net/unix`, 'latin1')).not.toContain('guix-entry-point');
}

/** The names in a directory of the world, sorted; none if there is no such directory. */
export function list(world: World, directory: string): string[] {
  try {
    return readdirSync(world.at(directory)).toSorted();
  } catch {
    return [];
  }
}
