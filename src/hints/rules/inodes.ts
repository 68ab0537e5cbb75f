import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Hint } from '../../errors/hint.ts';
import { readElf } from '../../machine/elf.ts';
import { findLargeFile } from '../../machine/files-32-bit.ts';
import { type Environment, hasBuilderSpoken, type Scene } from '../scene.ts';

/**
 * A 32-bit Guix, and a cache on a file system that numbers its files beyond 32 bits, as overlays and
 * large disks do: libgit2 can't look at such files.
 */
export function findLargeInodes(scene: Scene): Hint | undefined {
  const { kind, daemonProgram, environment, container, usesGit } = scene;
  if (kind.name !== 'guix' || !usesGit || hasBuilderSpoken(scene)) return undefined;
  if (daemonProgram === undefined || readElf(daemonProgram)?.bits !== 32) return undefined;
  const large = findLargeFile(findThere(join(findCache(environment), 'guix', 'checkouts')));
  if (large === undefined) return undefined;
  return {
    meaning: `Guix is a 32-bit program here, and the ${large.value} of ${large.path} takes more than 32 bits: its Git fails there with 'Value too large for defined data type'. In memory, files have small numbers:`,
    command:
      container === 'machine'
        ? 'XDG_CACHE_HOME=/dev/shm/cache guix-entry-point …'
        : 'docker run --tmpfs=/cache:exec --env=XDG_CACHE_HOME=/cache …',
  };
}

function findCache(environment: Environment): string {
  return environment['XDG_CACHE_HOME'] || join(environment['HOME'] || '/root', '.cache');
}

/** As deep as it is there. */
function findThere(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? findThere(dirname(path)) : path;
}
