import type { Mount } from './mounts.ts';

/**
 * What hides a part of /proc or makes it read-only, as container engines have it: the places. Beside
 * them the kernel mounts no fresh /proc for a user name space, where what is hidden would be seen
 * (`mount_too_revealing` in its fs/namespace.c); one whole /proc anywhere is enough for it.
 */
export function findProcMasks(mounts: readonly Mount[]): readonly string[] {
  const views = mounts.flatMap((mount, at) =>
    mount.type === 'proc' && mount.root === '/' ? [findMasks(mount, mounts.slice(at + 1))] : [],
  );
  if (views.some((masks) => masks.length === 0)) return [];
  return views.at(-1) ?? ['/proc'];
}

function findMasks({ point, options }: Mount, later: readonly Mount[]): readonly string[] {
  const points = later.map((mount) => mount.point);
  if (options.includes('ro') || points.includes(point)) return [point];
  const below = points.filter((other) => other.startsWith(`${point}/`));
  return [...new Set(below)].filter((other) => !mountPoints.has(other.slice(point.length)));
}

/** Directories of the kernel that are always empty, and made to be mounted on. */
const mountPoints = new Set(['/sys/fs/binfmt_misc', '/fs/nfsd', '/openprom']);
