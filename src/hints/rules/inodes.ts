import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Hint } from '../../errors/hint.ts';
import { readElf } from '../../machine/elf.ts';
import { type Environment, hasBuilderSpoken, type Scene } from '../scene.ts';

/**
 * A 32-bit Guix, and a cache on a file system that numbers its files beyond 32 bits, as overlays and
 * large disks do: libgit2 can't look at such files.
 */
export function findLargeInodes(scene: Scene): Hint | undefined {
  const { daemonProgram, environment, container, usesGit } = scene;
  if (!usesGit || hasBuilderSpoken(scene)) return undefined;
  if (daemonProgram === undefined || readElf(daemonProgram)?.bits !== 32) return undefined;
  const cache = findCache(environment);
  const large = listSome(cache).find(({ inode }) => inode > 0xffff_ffffn);
  if (large === undefined) return undefined;
  return {
    meaning: `Guix is a 32-bit program here, and ${large.path} is numbered beyond 32 bits (inode ${large.inode}): its Git fails there with 'Value too large for defined data type'. In memory, files have small numbers:`,
    command:
      container === 'machine'
        ? 'XDG_CACHE_HOME=/dev/shm/cache guix-entry-point …'
        : 'docker run --tmpfs=/cache:exec --env=XDG_CACHE_HOME=/cache …',
  };
}

function findCache(environment: Environment): string {
  return environment['XDG_CACHE_HOME'] || join(environment['HOME'] || '/root', '.cache');
}

type Numbered = { readonly path: string; readonly inode: bigint };

/** The cache of Guix, as deep as it is there, and what it has at its top. */
function listSome(cache: string): readonly Numbered[] {
  const checkouts = join(cache, 'guix', 'checkouts');
  const directory = findThere(checkouts);
  const inside = directory === checkouts ? readdirSync(checkouts) : [];
  return [directory, ...inside.map((name) => join(directory, name))].map((path) => ({
    path,
    // Node takes it for a number with a sign.
    inode: BigInt.asUintN(64, statSync(path, { bigint: true }).ino),
  }));
}

function findThere(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? findThere(dirname(path)) : path;
}
