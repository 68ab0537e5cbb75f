import { globSync, readdirSync, readFileSync } from 'node:fs';
import { path } from 'zx';
import { type Bind, type Machine, openMachine } from './machine.ts';
import { type Installed, provision, provisionSources, provisionToolchain } from './provision.ts';
import { requireRoot } from './script.ts';

const repository = path.join(import.meta.dirname, '..');

/** A machine with a real daemon. */
export type World = Machine;

const binds: readonly Bind[] = [
  [path.join(repository, 'dist/guix-entry-point'), '/entry-point.sh'],
  [path.join(repository, 'dist/guix-entry-point'), '/usr/local/bin/guix-entry-point'],
  [path.join(repository, 'test/fixtures'), '/fixtures'],
  [path.join(repository, 'bench'), '/bench'],
];

/** Opens a world around a root that `provision` made. */
export async function openWorld(
  more: readonly Bind[] = [],
  installed: Installed = 'guix',
): Promise<World> {
  requireRoot();
  return openMachine(await provision(installed), [...binds, ...more]);
}

/** Opens a machine without Guix, with a C compiler and with sources of Debian packages in `/sources`. */
export async function openToolchain(provide = provisionSources): Promise<World> {
  requireRoot();
  const sources: Bind = [await provide(), '/sources'];
  return openMachine(await provisionToolchain(), [...binds, sources]);
}

/** What the sources of Debian packages need of such a machine to be built. */
export const hostTools: readonly string[] = [
  ...['gcc', 'as', 'ld', 'ar', 'ranlib', 'nm', 'strip', 'make', 'sh', 'sed', 'grep', 'egrep'],
  ...['fgrep', 'awk', 'cat', 'rm', 'mkdir', 'rmdir', 'cp', 'mv', 'ln', 'ls', 'chmod', 'install'],
  ...['touch', 'expr', 'test', 'true', 'false', 'echo', 'printf', 'tr', 'sort', 'uniq', 'comm'],
  ...['head', 'tail', 'cut', 'wc', 'tee', 'od', 'cmp', 'diff', 'dirname', 'basename', 'pwd'],
  ...[
    'date',
    'sleep',
    'uname',
    'hostname',
    'id',
    'env',
    'find',
    'xargs',
    'mktemp',
    'which',
    'perl',
  ],
];

/** A process as a root file system's own `/proc` has it. */
export type Process = { readonly pid: number; readonly parent: number; readonly command: string };

/** The processes of the machine whose root file system this is; zombies have no command any more. */
export function listProcesses(root: string): readonly Process[] {
  return readdirSync(path.join(root, 'proc'))
    .map(Number)
    .filter(Number.isInteger)
    .map((pid) => ({ pid, parent: readParent(root, pid), command: readCommand(root, pid) }))
    .filter(({ command }) => command !== '');
}

/** Where each daemon keeps its state, and as what group it builds. */
const traces = {
  guix: { state: '/var/guix', group: 'guixbuild' },
  nix: { state: '/nix/var/nix', group: 'nixbld' },
} as const;

/** What a daemon that was not ended well leaves behind: processes, sockets, journals. */
export function listLeftovers(root: string, name: keyof typeof traces = 'guix'): readonly string[] {
  const { state, group } = traces[name];
  const program = new RegExp(`^\\S*${name}( |-daemon)\\b`);
  // Builders run under the build users: by their command lines they could be anything.
  const processes = listProcesses(root).filter(
    ({ pid, command }) => program.test(command) || isMember(root, pid, group),
  );
  const files = ['daemon-socket/*', 'db/*-wal', 'db/*-shm'];
  return [
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...globSync(files.map((pattern) => path.join(root, state, pattern))),
  ];
}

function readCommand(root: string, pid: number): string {
  return readText(path.join(root, `proc/${pid}/cmdline`))
    .split('\0')
    .join(' ')
    .trim();
}

function readParent(root: string, pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readText(path.join(root, `proc/${pid}/status`)))?.[1]);
}

function isMember(root: string, pid: number, name: string): boolean {
  const line = new RegExp(`^${name}:[^:]*:(\\d+)`, 'm');
  const group = line.exec(readText(path.join(root, 'etc/group')))?.[1];
  const status = readText(path.join(root, `proc/${pid}/status`));
  return group !== undefined && new RegExp(`^Gid:\\s+${group}\\s`, 'm').test(status);
}

/** Nothing of a file that isn't there, or of a process that is just gone. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
