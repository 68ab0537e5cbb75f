import type { Hint } from '../../errors/hint.ts';
import { findMount } from '../../machine/mounts.ts';
import { hasCapability, readPrivileges } from '../../machine/privileges.ts';
import { findQuotedPath, findWords, hasBuilderSpoken, type Scene } from '../scene.ts';

/** Where the daemon writes, something is mounted read-only. A store it makes writable itself, if it may. */
export function findReadOnlyMount(scene: Scene): Hint | undefined {
  const { daemonWords, store, stateDirectory, logDirectory } = scene;
  const said = findWords(daemonWords, /read-only file system/i)?.input;
  if (said !== undefined) return explain(findQuotedPath(said) ?? store, scene);
  // What it says when it can't make a read-only store writable.
  const remount = /remounting \S+ writable: |setting up a private mount namespace: /;
  if (findWords(daemonWords, remount) !== undefined) return explain(store, scene);
  if (hasBuilderSpoken(scene)) return undefined;
  const path = [stateDirectory, logDirectory].find(isReadOnly);
  return path === undefined ? undefined : explain(path, scene);
}

function isReadOnly(path: string): boolean {
  const mount = findMount(path);
  return mount !== undefined && [...mount.options, ...mount.superOptions].includes('ro');
}

function explain(path: string, { container }: Scene): Hint {
  const { point = path } = findMount(path) ?? {};
  const mounted = point === path ? 'which' : `and ${point}`;
  const meaning = `The daemon writes to ${path}, ${mounted} is mounted read-only.`;
  if (hasCapability(readPrivileges(), 'CAP_SYS_ADMIN')) {
    return {
      meaning: `${meaning} To make it writable, unless somebody meant it so:`,
      command: `mount --options remount,${isBoundReadOnly(point) ? 'bind,' : ''}rw ${point}`,
    };
  }
  return container === 'machine'
    ? {
        meaning: `${meaning} Root can change that:`,
        command: `sudo mount --options remount,rw ${point}`,
      }
    : {
        meaning: `${meaning} Start the container without '--read-only', and with a volume there that has no ':ro' behind it:`,
        command: `docker run --volume=NAME:${path} …`,
      };
}

/** The mount is read-only, and not its file system. */
function isBoundReadOnly(point: string): boolean {
  return findMount(point)?.superOptions.includes('ro') === false;
}
