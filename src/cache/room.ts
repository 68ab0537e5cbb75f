import { statfsSync } from 'node:fs';
import { bytesPerEntry } from './manifest.ts';
import type { Plan } from './plan.ts';

/** Room that a directory lacks. */
export type MissingRoom = {
  readonly directory: string;
  /** In bytes, or in files where there are too few inodes. */
  readonly unit: 'bytes' | 'files';
  readonly needed: number;
  readonly free: number;
  /** How large the file system is, in the same unit. */
  readonly size: number;
};

/** Whether what is planned has room; what was there before gives its own back only afterwards. */
export function findMissingRoom({
  direction,
  trees,
  room,
  changes,
  manifest,
}: Plan): MissingRoom | undefined {
  const directory = direction === 'in' ? trees.staged : trees.home;
  const entries = manifest.size + changes.length;
  const noted = direction === 'in' && changes.length > 0 ? entries * bytesPerEntry : 0;
  const needed = room.needed + noted;
  const { bavail, blocks, bsize, ffree, files } = statfsSync(directory);
  const free = bavail * bsize;
  if (needed > free) return { directory, unit: 'bytes', needed, free, size: blocks * bsize };
  // Some file systems don't count them, and say 0.
  return files > 0 && room.inodes > ffree
    ? { directory, unit: 'files', needed: room.inodes, free: ffree, size: files }
    : undefined;
}
