import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  openSync,
  readlinkSync,
  readSync,
  symlinkSync,
} from 'node:fs';
import { errorCode } from '../errors/system.ts';
import { writeWhole } from '../files/write.ts';
import { callSystem } from '../processes/libc.ts';
import { type Entry, lookAt } from './entry.ts';
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

/** Where something stands, and what it is. */
type Source = { readonly path: string; readonly entry: Entry };

/** Copies files and what else is no directory; those that are one file stay one. */
export class Copier {
  /** By their identity: where their first copy stands. */
  readonly #copies = new Map<string, string>();
  readonly #buffer = Buffer.allocUnsafe(pieceSize);

  /**
   * Makes a copy at a path where nothing is, and returns what stands there then. Yields the bytes
   * that were copied, between pieces.
   */
  *copy(source: Source, to: string): Generator<number, Entry | undefined> {
    const { entry } = source;
    const { identity = '' } = entry;
    const first = this.#copies.get(identity);
    if (first !== undefined) {
      linkSync(toBytes(first), toBytes(to));
      return lookAt(to);
    }
    const made = entry.kind === 'file' ? yield* this.#copyFile(source, to) : makeOther(source, to);
    if (identity !== '') this.#copies.set(identity, to);
    return made;
  }

  *#copyFile({ path, entry }: Source, to: string): Generator<number, Entry | undefined> {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const source = reading(() => openSync(toBytes(path), flags));
    try {
      const target = openSync(toBytes(to), 'wx', entry.mode & 0o777);
      try {
        yield* this.#copyBytes(source, target, entry.size);
        return finishFile(target, entry);
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

/** A FIFO or a link. */
function makeOther({ path, entry }: Source, to: string): Entry | undefined {
  if (entry.kind === 'fifo') callSystem('mkfifo', toCString(to), 0o600);
  else
    symlinkSync(
      reading(() => readlinkSync(toBytes(path), 'buffer')),
      toBytes(to),
    );
  keepMetadata(to, entry);
  return lookAt(to);
}

/** Most files are right but for their times. */
function finishFile(descriptor: number, source: Metadata): Entry | undefined {
  callSystem('futimens', descriptor, renderTimes(source));
  const made = lookAt('', descriptor);
  const isOwned = made !== undefined && isOurs(made, source);
  if (isOwned && made.mode === source.mode) return made;
  if (!isOwned) {
    whereAllowed(() => fchownSync(descriptor, source.owner, source.group));
  }
  // A new owner costs the bits by which a file is run as its owner.
  fchmodSync(descriptor, source.mode);
  return lookAt('', descriptor);
}

/** What copies keep of their source. */
export type Metadata = Pick<
  Entry,
  'owner' | 'group' | 'mode' | 'accessedExactly' | 'modifiedExactly'
>;

/** Gives what is at a path the owner, where we may, the mode and the times of its source. */
export function keepMetadata(path: string, source: Metadata): void {
  const made = lookAt(path);
  if (made === undefined) return;
  const bytes = toBytes(path);
  if (!isOurs(made, source)) whereAllowed(() => lchownSync(bytes, source.owner, source.group));
  if (made.kind !== 'link' && made.mode !== source.mode) chmodSync(bytes, source.mode);
  const times = renderTimes(source);
  callSystem('utimensat', AT_FDCWD, toCString(path), times, AT_SYMLINK_NOFOLLOW);
}

function isOurs(made: Entry, { owner, group }: Metadata): boolean {
  return made.owner === owner && made.group === group;
}

/** Only root gives files away. */
function whereAllowed(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error;
  }
}

/** Two `struct timespec`. Node's own functions would round them. */
function renderTimes({ accessedExactly, modifiedExactly }: Metadata): Buffer {
  for (const [index, time] of [accessedExactly, modifiedExactly].entries()) {
    // Before 1970, too, the fraction is counted forward.
    const fraction = ((time % second) + second) % second;
    times.writeBigInt64LE((time - fraction) / second, index * 16);
    times.writeBigInt64LE(fraction, index * 16 + 8);
  }
  return times;
}

const times = Buffer.alloc(32);
const second = 1_000_000_000n;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
