import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { isAbsence, toBytes } from './names.ts';

/** What stands at a path. Times are in milliseconds, to a fraction of a microsecond. */
export type Entry = {
  /** `other`: a socket or a device, which can't be copied. */
  readonly kind: 'file' | 'directory' | 'link' | 'fifo' | 'other';
  /** Permissions, without the kind. */
  readonly mode: number;
  readonly owner: number;
  readonly group: number;
  readonly size: number;
  readonly modified: number;
  /** When the inode was changed last: nobody can set this one. */
  readonly changed: number;
  readonly inode: number;
  /** In nanoseconds. */
  readonly accessedExactly: bigint;
  readonly modifiedExactly: bigint;
  /** Of a file that has several names: what they have in common. */
  readonly identity: string | undefined;
};

/** Looks at a path; `undefined`: there is nothing. */
export function lookAt(path: string): Entry | undefined {
  try {
    const stats = lstatSync(toBytes(path), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : toEntry(stats);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** As the system says. */
export function toEntry(stats: BigIntStats): Entry {
  return {
    kind: findKind(stats),
    mode: Number(stats.mode) & 0o7777,
    owner: Number(stats.uid),
    group: Number(stats.gid),
    size: Number(stats.size),
    modified: Number(stats.mtimeNs) / 1e6,
    changed: Number(stats.ctimeNs) / 1e6,
    inode: Number(stats.ino),
    accessedExactly: stats.atimeNs,
    modifiedExactly: stats.mtimeNs,
    identity: stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : undefined,
  };
}

function findKind(stats: BigIntStats): Entry['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  return stats.isFIFO() ? 'fifo' : 'other';
}

/**
 * By what a change is seen: of a directory mode, owner, group and time; of anything else the inode,
 * the size and both times. Whatever is done to an inode changes its second time, so that not even a
 * file that was given its old size and time is taken for the old one.
 */
export type Stamp = readonly [number, number, number, number];

export function stamp(entry: Entry): Stamp {
  const { kind, mode, owner, group, size, modified, changed, inode } = entry;
  return kind === 'directory' ? [mode, owner, group, modified] : [inode, changed, size, modified];
}

/** A stretch of time in which we have made and removed further links, which changes inodes. */
export type Span = readonly [from: number, to: number];

/** Whether it is as it was; the time of a directory, which is that of what is in it, doesn't count. */
export function isUnchanged(entry: Entry, known: Stamp, spans: readonly Span[] = []): boolean {
  const [first, second, third, fourth] = stamp(entry);
  if (first !== known[0] || third !== known[2]) return false;
  if (entry.kind === 'directory') return second === known[1];
  return fourth === known[3] && (second === known[1] || isWithin(second, spans));
}

function isWithin(time: number, spans: readonly Span[]): boolean {
  return spans.some(([from, to]) => time >= from && time <= to);
}

/** Whether two entries are the same by what copying keeps; the bytes of files are not compared. */
export function isAlike(
  [one, its]: readonly [Entry, string],
  [other, others]: readonly [Entry, string],
): boolean {
  if (one.kind !== other.kind) return false;
  if (one.kind === 'link') return readTarget(its).equals(readTarget(others));
  if (one.mode !== other.mode) return false;
  return one.kind !== 'file' || (one.size === other.size && one.modified === other.modified);
}

function readTarget(path: string): Buffer {
  return readlinkSync(toBytes(path), 'buffer');
}
