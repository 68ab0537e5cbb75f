import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  lchownSync,
  linkSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  symlinkSync,
} from 'node:fs';
import { errorCode } from '../errors/system.ts';
import { writeWhole } from '../files/write.ts';
import { callSystem } from '../processes/libc.ts';
import { toBytes, toCString } from './names.ts';

/** What was to be copied can't be read; why is its cause. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

function reading<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new Unreadable('it cannot be read', { cause: error });
  }
}

/** Copies files and what else is no directory; those that are one file stay one. */
export class Copier {
  /** By source: where its first copy stands. */
  readonly #copies = new Map<string, string>();
  readonly #buffer = Buffer.allocUnsafe(pieceSize);

  /**
   * Makes a copy at a path where nothing is; `final` is where it will stand. Yields the bytes that
   * were copied, between pieces.
   */
  *copy(from: string, to: string, final = to): Generator<number> {
    const source = reading(() => lstatSync(toBytes(from), { bigint: true }));
    const key = source.nlink > 1n ? `${source.dev}:${source.ino}` : undefined;
    const first = key === undefined ? undefined : this.#copies.get(key);
    if (first !== undefined) {
      linkSync(toBytes(first), toBytes(to));
      return;
    }
    if (source.isFile()) yield* this.#copyFile(from, to, source);
    else if (source.isSymbolicLink())
      symlinkSync(readlinkSync(toBytes(from), 'buffer'), toBytes(to));
    else callSystem('mkfifo', toCString(to), 0o600);
    keepMetadata(to, source);
    if (key !== undefined) this.#copies.set(key, final);
  }

  *#copyFile(from: string, to: string, { size, mode }: BigIntStats): Generator<number> {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const source = reading(() => openSync(toBytes(from), flags));
    try {
      const target = openSync(toBytes(to), 'wx', Number(mode) & 0o777);
      try {
        yield* this.#copyBytes(source, target, Number(size));
      } finally {
        closeSync(target);
      }
    } finally {
      closeSync(source);
    }
  }

  *#copyBytes(source: number, target: number, size: number): Generator<number> {
    for (let copied = 0; copied < size;) {
      const read = readSync(source, this.#buffer);
      if (read === 0) return;
      writeWhole({ fd: target }, this.#buffer.subarray(0, read));
      copied += read;
      yield read;
    }
  }
}

const pieceSize = 1 << 20;

/** What copies keep of their source. */
export type Metadata = Pick<BigIntStats, 'uid' | 'gid' | 'mode' | 'atimeNs' | 'mtimeNs'>;

/** Gives what was made at a path the owner, where we may, the mode and the times of its source. */
export function keepMetadata(path: string, source: Metadata): void {
  const bytes = toBytes(path);
  const made = lstatSync(bytes);
  const [owner, group] = [Number(source.uid), Number(source.gid)];
  if (made.uid !== owner || made.gid !== group) {
    try {
      lchownSync(bytes, owner, group);
    } catch (error) {
      if (errorCode(error) !== 'EPERM') throw error;
    }
  }
  const mode = Number(source.mode) & 0o7777;
  if (!made.isSymbolicLink() && (made.mode & 0o7777) !== mode) chmodSync(bytes, mode);
  setTimes(path, source);
}

/** Sets the times of a path itself, in nanoseconds: Node's own functions would round them. */
function setTimes(path: string, { atimeNs, mtimeNs }: Metadata): void {
  const times = Buffer.alloc(4 * 8);
  for (const [index, time] of [atimeNs, mtimeNs].entries()) {
    times.writeBigInt64LE(time / second, index * 16);
    times.writeBigInt64LE(time % second, index * 16 + 8);
  }
  callSystem('utimensat', AT_FDCWD, toCString(path), times, AT_SYMLINK_NOFOLLOW);
}

const second = 1_000_000_000n;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
