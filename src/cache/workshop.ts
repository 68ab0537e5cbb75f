import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../errors/system.ts';
import { callSystem } from '../processes/libc.ts';
import { lookAt } from './entry.ts';
import { above, inTree, ours, toBytes, toCString } from './names.ts';

/** A directory of ours in which a new cache is made, on the file system of the old one. */
export type Workshop = {
  readonly directory: string;
  /** Whether what is made there can change places with the directory that it is for. */
  readonly canExchange: boolean;
};

/** The one beside a home cache. */
export function besideHome(home: string): string {
  return `${home}${ours}`;
}

/** Where one may have been left, by a run that was killed. */
export function listWorkshops(home: string, mountPoints: readonly string[]): readonly string[] {
  const inside = mountPoints.filter((point) => point.startsWith(`${home}/`));
  return [besideHome(home), ...[home, ...inside].map((directory) => `${directory}/${ours}`)];
}

/**
 * Opens one for what changes below a path of the home cache: beside it, or else at the top of what is
 * mounted there. Nothing else must be at its place.
 */
export function openWorkshop(home: string, path: string, mountPoints: readonly string[]): Workshop {
  const target = inTree(home, path);
  const mount = findMountPoint(target, mountPoints);
  const isBeside = findMountPoint(dirname(home), mountPoints) === mount;
  const inside = `${mount.length > home.length ? mount : home}/${ours}`;
  const directory = isBeside && tryToMake(besideHome(home)) ? besideHome(home) : makeInside(inside);
  // What is made inside can't take the place of what it is in.
  const isApart = directory !== inside || dirname(inside) !== target;
  const isWhole = !mountPoints.some((point) => point === target || point.startsWith(`${target}/`));
  return { directory, canExchange: isApart && isWhole && probe(directory, target) };
}

function findMountPoint(path: string, mountPoints: readonly string[]): string {
  const inside = mountPoints.filter(
    (point) => path === point || path.startsWith(point === '/' ? point : `${point}/`),
  );
  return inside.reduce((one, other) => (other.length > one.length ? other : one), '/');
}

function tryToMake(directory: string): boolean {
  try {
    mkdirSync(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
    throw code === 'EEXIST' ? new Error(`${directory} is in the way and must be removed`) : error;
  }
}

function makeInside(directory: string): string {
  // Tells what stands in the way, and throws what else there is.
  if (!tryToMake(directory)) mkdirSync(directory, { mode: 0o700 });
  return directory;
}

/**
 * Whether directories can be exchanged on this file system, and this one be moved: a mount point
 * can't, nor one that comes from a lower layer of an overlay. To move it onto a directory that is not
 * empty is always refused; why tells whether it would have been moved.
 */
function probe(workshop: string, target: string): boolean {
  const [one, other] = [`${workshop}/one`, `${workshop}/other`];
  for (const directory of [one, `${one}/full`, other]) mkdirSync(directory);
  try {
    exchange(one, other);
    renameSync(toBytes(target), other);
  } catch (error) {
    return errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST';
  } finally {
    for (const directory of [one, other]) rmSync(directory, { recursive: true, force: true });
  }
  throw new Error(`${target} took the place of a directory that was not empty`);
}

/** Whether a path is inside a tree: a directory, as all are that lead there, and none of them a link. */
export function areDirectories(tree: string, path: string): boolean {
  if (path !== '' && !areDirectories(tree, above(path))) return false;
  return lookAt(inTree(tree, path))?.kind === 'directory';
}

/** Lets two paths change places, at once. */
export function exchange(one: string, other: string): void {
  const [its, others] = [toCString(one), toCString(other)];
  callSystem('renameat2', AT_FDCWD, its, AT_FDCWD, others, RENAME_EXCHANGE);
}

const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;
