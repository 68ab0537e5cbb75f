import { constants, readlinkSync } from 'node:fs';
import { callSystem } from '../processes/libc.ts';
import { isAbsence, toBytes, toNative } from './names.ts';

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

/**
 * Looks at a path, or at a name in an open directory, which spares the kernel the way there; the name
 * '' is what is open itself. `undefined`: there is nothing.
 */
export function lookAt(path: string, directory = AT_FDCWD): Entry | undefined {
  try {
    callSystem('statx', directory, toNative(path), flags, STATX_BASIC_STATS, found);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
  return readEntry();
}

/** From a `struct statx`. */
function readEntry(): Entry {
  const mode = found.readUInt16LE(28);
  const [accessed, changed, modified] = [readTime(64), readTime(96), readTime(112)];
  const inode = found.readBigUInt64LE(32);
  const device = found.readBigUInt64LE(136);
  return {
    kind: kinds.get(mode & constants.S_IFMT) ?? 'other',
    mode: mode & 0o7777,
    owner: found.readUInt32LE(20),
    group: found.readUInt32LE(24),
    size: Number(found.readBigUInt64LE(40)),
    modified: Number(modified) / 1e6,
    changed: Number(changed) / 1e6,
    inode: Number(inode),
    accessedExactly: accessed,
    modifiedExactly: modified,
    identity: found.readUInt32LE(16) > 1 ? `${device}:${inode}` : undefined,
  };
}

function readTime(offset: number): bigint {
  return found.readBigInt64LE(offset) * 1_000_000_000n + BigInt(found.readUInt32LE(offset + 8));
}

const found = Buffer.alloc(256);

const kinds = new Map<number, Entry['kind']>([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'link'],
  [constants.S_IFIFO, 'fifo'],
]);

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
const STATX_BASIC_STATS = 0x7ff;

/** How many bytes are copied for it. */
export function sizeOf({ kind, size }: Entry): number {
  return kind === 'file' ? size : 0;
}

/** File systems give room in blocks. */
export function roundUp(size: number): number {
  return Math.ceil(size / block) * block;
}

const block = 4096;

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
