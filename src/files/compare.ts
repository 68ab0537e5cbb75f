import type { PathLike } from 'node:fs';
import { constants, type FileHandle, lstat, open } from 'node:fs/promises';

/** Whether two regular files have the same bytes. What isn't a regular file is not opened. */
export async function haveSameContent(one: PathLike, other: PathLike): Promise<boolean> {
  try {
    await using first = await openRegular(one);
    await using second = await openRegular(other);
    return await compare(first, second);
  } catch {
    return false;
  }
}

/**
 * Opens a file to read it. Neither follows a link nor waits for whoever may write into a FIFO; one
 * that waits there already is not let go on, to find that nobody reads.
 */
export async function openRegular(file: PathLike): Promise<FileHandle> {
  if (!(await lstat(file)).isFile()) throw new Error('it is not a regular file');
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error('it is not a regular file');
}

async function compare(one: FileHandle, other: FileHandle): Promise<boolean> {
  const [{ size }, { size: otherSize }] = await Promise.all([one.stat(), other.stat()]);
  if (size !== otherSize) return false;
  const [its, others] = [Buffer.alloc(pieceSize), Buffer.alloc(pieceSize)];
  for (let at = 0; at < size; at += pieceSize) {
    const [read, otherRead] = await Promise.all([
      one.read(its, 0, pieceSize, at),
      other.read(others, 0, pieceSize, at),
    ]);
    const [piece, otherPiece] = [read, otherRead].map(({ bytesRead, buffer }) =>
      buffer.subarray(0, bytesRead),
    );
    if (piece === undefined || otherPiece === undefined || !piece.equals(otherPiece)) return false;
  }
  return true;
}

const pieceSize = 1 << 16;
