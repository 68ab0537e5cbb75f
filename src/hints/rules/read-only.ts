import type { Hint } from '../../errors/hint.ts';
import { quoteWords } from '../../events/quote.ts';
import { findMount } from '../../machine/mounts.ts';
import { hasCapability, readPrivileges } from '../../machine/privileges.ts';
import {
  findQuotedPath,
  findWords,
  hasBuilderSpoken,
  hasTriedToBuild,
  isDaemonOurs,
  type Scene,
} from '../scene.ts';

/** Where the daemon writes, something is mounted read-only. A store it makes writable itself, if it may. */
export function findReadOnlyMount(scene: Scene): Hint | undefined {
  const path = findNamed(scene);
  if (!isDaemonOurs(scene)) return path === undefined ? undefined : explainOthers(path);
  const found = path === undefined ? findUnnamed(scene) : findSeen(path, scene);
  return found === undefined ? undefined : explain(found, scene);
}

/** What the daemon says of it. */
function findNamed({ daemonWords, store }: Scene): string | undefined {
  const said = findWords(daemonWords, /read-only file system/i)?.input;
  if (said !== undefined) return findQuotedPath(said) ?? store;
  // What it says when it can't make a read-only store writable.
  const remount = /remounting \S+ writable: |setting up a private mount namespace: /;
  return findWords(daemonWords, remount) === undefined ? undefined : store;
}

/** A path that is quoted may have been read wrongly: where it is writable, one that isn't is meant. */
function findSeen(path: string, { store, stateDirectory, logDirectory }: Scene): string {
  return [path, store, stateDirectory, logDirectory].find(isReadOnly) ?? path;
}

/** Nothing at all works without the first, and no build without the second. */
function findUnnamed(scene: Scene): string | undefined {
  if (hasBuilderSpoken(scene)) return undefined;
  const { stateDirectory, logDirectory } = scene;
  if (isReadOnly(stateDirectory)) return stateDirectory;
  return isReadOnly(logDirectory) && hasTriedToBuild(scene) ? logDirectory : undefined;
}

function isReadOnly(path: string): boolean {
  const mount = findMount(path);
  return mount !== undefined && [...mount.options, ...mount.superOptions].includes('ro');
}

/** Its mounts need not be ours. */
function explainOthers(path: string): Hint {
  return {
    meaning: `The daemon, which was there before, can't write to ${path}, which is read-only for it. Where it runs, this shows what is mounted there:`,
    command: `findmnt --target ${quoteWords([path])}`,
  };
}

function explain(path: string, scene: Scene): Hint {
  const { point = path } = findMount(path) ?? {};
  const mounted = point === path ? 'which' : `and ${point}`;
  const meaning = `The daemon writes to ${path}, ${mounted} is mounted read-only.`;
  if (hasCapability(readPrivileges(), 'CAP_SYS_ADMIN')) {
    return {
      meaning: `${meaning} To make it writable, unless somebody meant it so:`,
      command: `mount --options remount,${isBoundReadOnly(point) ? 'bind,' : ''}rw ${quoteWords([point])}`,
    };
  }
  return scene.container === 'machine'
    ? {
        meaning: `${meaning} Root can change that:`,
        command: `sudo mount --options remount,rw ${quoteWords([point])}`,
      }
    : {
        meaning: `${meaning} Start the container without '--read-only', and with a volume there that has no ':ro' behind it:`,
        command: `docker run ${quoteWords([`--volume=NAME:${findVolume(path, point, scene)}`])} …`,
      };
}

/** A volume has the place of the mount; where the whole container is read-only, of what the daemon writes to. */
function findVolume(
  path: string,
  point: string,
  { store, stateDirectory, logDirectory }: Scene,
): string {
  if (point !== '/') return point;
  const directories = [store, stateDirectory, logDirectory];
  return directories.find((directory) => `${path}/`.startsWith(`${directory}/`)) ?? path;
}

/** The mount is read-only, and not its file system. */
function isBoundReadOnly(point: string): boolean {
  return findMount(point)?.superOptions.includes('ro') === false;
}
