import { globSync, readdirSync, readFileSync } from 'node:fs';
import { path } from 'zx';
import { type Bind, type Machine, openMachine } from './machine.ts';
import { type Installed, provision } from './provision.ts';
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

/** What a daemon that was not ended well leaves behind: processes, sockets, journals. */
export function listLeftovers(root: string): readonly string[] {
  // Builders run under the build users: by their command lines they could be anything.
  const processes = listProcesses(root).filter(
    ({ pid, command }) => /^\S*(guix|nix)( |-daemon)\b/.test(command) || isBuilder(root, pid),
  );
  const files = ['/var/guix', '/nix/var/nix'].flatMap((state) =>
    ['daemon-socket/*', 'db/*-wal', 'db/*-shm'].map((name) => path.join(state, name)),
  );
  return [
    ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
    ...globSync(files.map((pattern) => path.join(root, pattern))),
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

function isBuilder(root: string, pid: number): boolean {
  const group = /^(?:guixbuild|nixbld):[^:]*:(\d+)/m.exec(
    readText(path.join(root, 'etc/group')),
  )?.[1];
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
