import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { toText, toWord } from '../store/framing.ts';

// The canonical archive of Nix and Guix (nar): of a file its content and whether it can be executed,
// of a link its target, of a directory its entries in the order of their bytes. Nothing else of a tree
// counts. Names and targets are bytes, whatever they mean.

/** The SHA-256 of a tree's archive, as `guix hash -r` makes it; `watch` is shown all its bytes. */
export async function hashNar(
  tree: string,
  watch: (bytes: Buffer) => void = () => {},
): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const bytes of readNar(Buffer.from(tree))) {
    hash.update(bytes);
    watch(bytes);
  }
  return hash.digest();
}

async function* readNar(tree: Buffer): AsyncGenerator<Buffer> {
  yield toText('nix-archive-1');
  yield* readNode(tree);
}

async function* readNode(path: Buffer): AsyncGenerator<Buffer> {
  const found = await lstat(path);
  yield* toTexts('(', 'type');
  if (found.isSymbolicLink()) {
    yield* toTexts('symlink', 'target', await readlink(path, 'buffer'));
  } else if (found.isDirectory()) {
    yield* toTexts('directory');
    yield* readEntries(path);
  } else if (found.isFile()) {
    yield* toTexts('regular', ...(isExecutable(found) ? ['executable', ''] : []), 'contents');
    yield* readContent(path, found);
  } else {
    throw new Error('what is neither a file nor a directory nor a link is in no archive');
  }
  yield toText(')');
}

async function* readEntries(directory: Buffer): AsyncGenerator<Buffer> {
  const names = await readdir(directory, 'buffer');
  for (const name of names.toSorted((one, other) => Buffer.compare(one, other))) {
    yield* toTexts('entry', '(', 'name', name, 'node');
    yield* readNode(Buffer.concat([directory, slash, name]));
    yield toText(')');
  }
}

/** That its owner may execute it is what counts. */
export function isExecutable({ mode }: Pick<Stats, 'mode'>): boolean {
  return (mode & 0o100) !== 0;
}

async function* readContent(path: Buffer, { size }: Stats): AsyncGenerator<Buffer> {
  yield toWord(size);
  await using file = await open(path);
  const buffer = Buffer.alloc(Math.min(size, pieceSize));
  let left = size;
  while (left > 0) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(left, buffer.length));
    if (bytesRead === 0) throw new Error('a file became shorter while it was read');
    yield buffer.subarray(0, bytesRead);
    left -= bytesRead;
  }
  yield Buffer.alloc(-size & 7);
}

const slash = Buffer.from('/');
const pieceSize = 1 << 17;

function* toTexts(...texts: readonly (string | Buffer)[]): Generator<Buffer> {
  for (const text of texts) yield toText(text);
}
