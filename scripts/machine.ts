import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { path } from 'zx';

/**
 * A machine of its own: a root file system that forgets what is written, in mount, process and
 * network name spaces that end, with all that runs and is mounted there, when it is disposed of or
 * when we end.
 */
export type Machine = AsyncDisposable & {
  /** Its process 1, as the rest of this machine numbers it. */
  readonly pid: number;
  /** Where one of its paths is found from outside. */
  readonly at: (inside: string) => string;
  /** Starts a program there, in `/job` unless told otherwise. */
  readonly start: (command: readonly string[], options?: StartOptions) => ChildProcess;
};

export type StartOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdio?: SpawnOptions['stdio'];
};

/** What the programs of a machine find in their environment. */
const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: 'dumb',
};

/** Something of this machine that stands in the other, read-only: from where, to where. */
export type Bind = readonly [from: string, to: string];

/**
 * Runs as process 1; bash reaps what is orphaned. Ends when our end of its stdin does. The kernel
 * lets no process of a plain chroot make a user name space, hence pivot_root.
 */
const init = `set -e
root=$1; shift
mount -t tmpfs machine /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay machine -o lowerdir="$root",upperdir=/mnt/upper,workdir=/mnt/work /mnt/root || cp -a "$root/." /mnt/root
mountpoint -q /mnt/root || mount --bind /mnt/root /mnt/root
mount -t proc proc /mnt/root/proc
mount --rbind /dev /mnt/root/dev
mount --rbind /sys /mnt/root/sys
mount -t tmpfs tmp /mnt/root/tmp
while [ $# -gt 0 ]; do
  if [ -d "$1" ]; then mkdir -p "/mnt/root$2"; else mkdir -p "/mnt/root\${2%/*}"; touch "/mnt/root$2"; fi
  mount --bind -o ro "$1" "/mnt/root$2"
  shift 2
done
cd /mnt/root
pivot_root . .
umount --lazy .
busybox ifconfig lo up
exec bash -c 'echo ready; read -r || true'`;

export type MachineOptions = {
  /** What executes all programs there, with its arguments: where others are emulated. */
  readonly by?: readonly string[];
  /** A line of shell, run outside when nothing runs there any more, also when we have been killed. */
  readonly afterwards?: string;
};

/** Opens a machine around a root file system, which is only read. */
export async function openMachine(
  root: string,
  binds: readonly Bind[],
  { by = [], afterwards = ':' }: MachineOptions = {},
): Promise<Machine> {
  const [file = '', ...words] = [
    ...['sh', '-c', `"$@"; ${afterwards}`, 'sh'],
    ...[...by, 'unshare', '--mount', '--pid', '--net'],
    ...['--fork', '--kill-child', '--propagation', 'private'],
    ...['bash', '-c', init, 'machine', root, ...binds.flat()],
  ];
  // It ends when its stdin does, and not by a ^C that is meant for us.
  const child = spawn(file, words, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const ended = once(child, 'exit');
  const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
  if (String(line) !== 'ready\n') throw new Error(`cannot open a machine: unshare ended (${line})`);
  const pid = findOnlyChild(findOnlyChild(child.pid));
  return {
    pid,
    at: (inside) => path.join(`/proc/${pid}/root`, inside),
    start: (command, options) => enter({ pid, by }, command, options),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

function enter(
  { pid, by }: { readonly pid: number; readonly by: readonly string[] },
  command: readonly string[],
  { env = {}, cwd = '/job', stdio }: StartOptions = {},
): ChildProcess {
  const variables = Object.entries({ ...environment, ...env }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const [file = '', ...words] = [
    ...[
      ...by,
      'nsenter',
      `--target=${pid}`,
      '--mount',
      '--pid',
      '--net',
      '--root',
      `--wd=/proc/${pid}/root${cwd}`,
    ],
    ...['--', 'env', '-i', ...variables, ...command],
  ];
  // A group of its own: what signals its group in the machine doesn't reach us.
  return spawn(file, words, { stdio, detached: true });
}

/** A program ran to its end. */
export type Outcome = {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs a program in a machine to its end; `input` is its whole stdin. */
export async function runIn(
  machine: Machine,
  command: readonly string[],
  { input = '', ...options }: StartOptions & { readonly input?: string } = {},
): Promise<Outcome> {
  const child = machine.start(command, { ...options, stdio: 'pipe' });
  return finish(child, input);
}

async function finish(child: ChildProcess, input: string): Promise<Outcome> {
  if (child.stdin === null || child.stdout === null || child.stderr === null) {
    throw new Error('the program has no pipes');
  }
  const closed = once(child, 'close');
  // A program need not read its stdin.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { status: child.exitCode, signal: child.signalCode, stdout, stderr };
}

/** The host's number of the one process that `pid` has started: the program behind nsenter or unshare. */
export function findOnlyChild(pid: number | undefined): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  if (!/^\d+$/.test(children))
    throw new Error(`process ${pid} has other than one child: ${children}`);
  return Number(children);
}
