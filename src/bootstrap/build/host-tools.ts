import { existsSync, realpathSync } from 'node:fs';
import { EntryPointError } from '../../errors/failure.ts';
import { defaultPath, findOnPath } from '../../processes/path.ts';
import type { Mount } from './isolation.ts';

/** A program of this machine that builds may use. */
export type HostTool = { readonly name: string; readonly file: string };

/** Where builds find them: in their root directory, or else in that of the build. */
export const hostToolsAt = '/host-tools';

/** Where this machine has programs, and what these can't do without. */
const systemDirectories = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'],
  ...['/etc/alternatives', '/etc/ld.so.cache', '/gnu/store', '/nix/store'],
];

/** Finds the programs that are named. One that is not in a directory of the system is not found. */
export function findHostTools(names: readonly string[], path = defaultPath): readonly HostTool[] {
  const directories = path.split(':').filter(isOfSystem).join(':');
  return [...new Set(names)].map((name) => {
    // An empty list would mean the working directory.
    const file = directories === '' ? undefined : findOnPath(name, directories);
    if (file === undefined || !isOfSystem(realpathSync(file))) {
      throw new EntryPointError({ kind: 'host-tool-missing', tool: name, path: directories });
    }
    return { name, file };
  });
}

function isOfSystem(path: string): boolean {
  return systemDirectories.some((directory) => `${path}/`.startsWith(`${directory}/`));
}

/** What an isolated build needs to find so that these programs work: directories, files, and links. */
export function listSystemDirectories(): readonly Mount[] {
  return systemDirectories
    .filter((path) => existsSync(path))
    .map((path) => ({ from: path, to: path }));
}
