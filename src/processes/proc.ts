import { isSea } from 'node:sea';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { decodeBytes } from './bytes.ts';

// What the kernel tells of processes that are not our children, or no longer. Everything here is a
// snapshot: a process can end between the look and the use, so "gone" is never an error.

/** The fields of proc_pid_stat(5) that we use. */
type Process = {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** Its controlling terminal, 0 if it has none. */
  readonly terminal: number;
  /** The process group that the terminal sends ^C to. */
  readonly foreground: number;
};

/** What the kernel tells of a process; `undefined` once it is gone. */
export function readProcess(process: number | 'self'): Process | undefined {
  const stat = read(`/proc/${process}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the name in parentheses, and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, , terminal, foreground] = fields;
  return {
    pid: Number.parseInt(stat, 10),
    state,
    parent: Number(parent),
    group: Number(group),
    terminal: Number(terminal),
    foreground: Number(foreground),
  };
}

/** Whether the process exists and runs; a zombie has ended and only waits to be reaped. */
export function isAlive(pid: number): boolean {
  const state = readProcess(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Whether this process has a controlling terminal, one that sends ^C to its whole group. */
export function hasControllingTerminal(): boolean {
  return (readProcess('self')?.terminal ?? 0) !== 0;
}

/** Whether this process is in the group that its terminal sends ^C to. */
export function isInForeground(): boolean {
  const self = readProcess('self');
  return self !== undefined && self.foreground === self.group;
}

/** Whether `ancestor` is a parent, or a parent's parent …, of this process. PID 1 is everyone's. */
export function isAncestor(ancestor: number): boolean {
  return ancestor === 1 || listLineage(process.pid).includes(ancestor);
}

/**
 * A process, its parent, its parent's parent …, as far as their numbers mean something here; none if
 * it is gone. Who loses a parent while we look has another one by then, so we look again.
 */
export function listLineage(process: number): readonly number[] {
  const lineage: number[] = [];
  for (let pid = process; pid > 0;) {
    const found = readProcess(pid);
    if (found === undefined) return pid === process ? [] : listLineage(process);
    lineage.push(pid);
    pid = found.parent;
  }
  return lineage;
}

/**
 * Whether a process executes the same program file as we do: where that is the machine's Node, with
 * the same bundle.
 */
export function isOurProgram(pid: number): boolean {
  if (!isSea() && !readCommandLine(pid).includes(__filename)) return false;
  const [its, ours] = [pid, 'self'].map((process) =>
    statSync(`/proc/${process}/exe`, { throwIfNoEntry: false }),
  );
  return its !== undefined && its.ino === ours?.ino && its.dev === ours.dev;
}

/** The words of a process's command line, as far as it has not written over them. */
export function readCommandLine(pid: number): readonly string[] {
  return (read(`/proc/${pid}/cmdline`) ?? '').split('\0');
}

/** The living children of a process. */
export function findChildren(pid: number): number[] {
  return listChildren(pid).filter(isAlive);
}

/**
 * All that a process has started and that this has, also what has just ended. Whose parent ends
 * while we look can be missing, and its parent is not: only an empty list says that nothing is left.
 */
export function listDescendants(pid: number, isLeftOut: (child: number) => boolean): number[] {
  const children = listChildren(pid).filter((child) => !isLeftOut(child));
  return children.flatMap((child) => [child, ...listDescendants(child, isLeftOut)]);
}

/** The children of a process, from files that cost next to nothing when there are none. */
function listChildren(pid: number): number[] {
  // What we start is our main thread's, and orphans come to it, too.
  const threads = pid === process.pid ? [pid] : list(`/proc/${pid}/task`);
  const files = threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`));
  // A kernel without CONFIG_PROC_CHILDREN has no such file.
  return threads.length > 0 && files.every((file) => file === undefined)
    ? listProcesses().filter((process) => readProcess(process)?.parent === pid)
    : files.flatMap((file) => (file ?? '').split(' ').filter(Boolean).map(Number));
}

/** The living children of a process, their children, and so on. */
export function findDescendants(pid: number): number[] {
  return listDescendants(pid, () => false).filter(isAlive);
}

/** Whether a process runs under a user group (as its real group, see proc_pid_status(5)). */
export function isMemberOf(group: number, pid: number): boolean {
  return new RegExp(`^Gid:\\s+${group}\\s`, 'm').test(read(`/proc/${pid}/status`) ?? '');
}

/** What a process calls itself: the first 15 bytes of its program's name, as a rule. */
export function readName(pid: number): string {
  return (read(`/proc/${pid}/comm`) ?? '').trimEnd();
}

/** The living processes whose stderr is `link`, as `/proc/PID/fd/2` names it: `socket:[1234]`. */
export function findWritersTo(link: string): number[] {
  return findProcesses((pid) => readLink(pid, 2) === link);
}

/** The processes that began with this variable in their environment. */
export function findByVariable(name: string, value: string): number[] {
  return findProcesses((pid) => readVariable(pid, name) === value);
}

/** The living processes of which something is so. */
export function findProcesses(isSo: (pid: number) => boolean): number[] {
  return listProcesses().filter((pid) => isSo(pid) && isAlive(pid));
}

/** A variable of a process's environment, as it was when the process began. */
export function readVariable(pid: number, name: string): string | undefined {
  const variables = (read(`/proc/${pid}/environ`) ?? '').split('\0');
  const start = `${name}=`;
  const found = variables.find((variable) => variable.startsWith(start));
  return found && decodeBytes(Buffer.from(found.slice(start.length), 'latin1'));
}

/** What an open file of a process is: `socket:[1234]`, `/dev/null`, … */
export function readLink(pid: number | 'self', descriptor: number): string | undefined {
  return followLink(`/proc/${pid}/fd/${descriptor}`);
}

/** The directory that is the root of a process. */
export function readRoot(pid: number): string | undefined {
  return followLink(`/proc/${pid}/root`);
}

/** The working directory of a process. */
export function readDirectory(pid: number): string | undefined {
  return followLink(`/proc/${pid}/cwd`);
}

/** Whether a process has a socket open, by the kernel's number for it. */
export function holdsSocket(pid: number, inode: string): boolean {
  const descriptors = list(`/proc/${pid}/fd`).map(Number);
  return descriptors.some((descriptor) => readLink(pid, descriptor) === `socket:[${inode}]`);
}

/**
 * Sends a signal to a process, or to a group by its number with a minus. Returns whether it can have
 * arrived: not when the process is gone already, or isn't ours to signal.
 */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function followLink(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

function listProcesses(): number[] {
  return list('/proc').map(Number).filter(Number.isInteger);
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}
