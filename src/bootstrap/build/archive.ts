// Archives as GNU tar reads them: what tar-stream reads otherwise is set right here, or refused.

import { setImmediate } from 'node:timers/promises';
import { extract, type Extract, type Header } from 'tar-stream';
import { quoteWords } from '../../events/quote.ts';
import { decodeBytes } from '../../processes/bytes.ts';

/** What archives consist of, in bytes. */
export const blockSize = 512;

/** A file, directory or link in an archive; names are what `decodeBytes` makes of them. */
export type Member = {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'link' | 'symlink';
  readonly target: string;
  readonly isExecutable: boolean;
  /** In seconds, as text where an archive has parts of them. */
  readonly time: Date | string;
};

/** A header of tar(5): its checksum counts itself as blanks. Old archives have no other sign. */
const checksum = { start: 148, end: 156 };

export function isHeader(block: Buffer): boolean {
  const { start, end } = checksum;
  const written = block.toString('latin1', start, end);
  const counted = Buffer.from(block).fill(' ', start, end);
  const sum = counted.reduce((total, byte) => total + byte, 0);
  return block.length === blockSize && Number.parseInt(written, 8) === sum;
}

export function openArchive(): Extract {
  return extract(options);
}

const options = {
  // Those as old as tar itself are taken, too. The types don't know of these two.
  allowUnknownFormat: true,
  filenameEncoding: 'latin1',
  // `readToEnd` goes on when what it gave has been read.
  highWaterMark: 0,
};

/**
 * Gives an archive its blocks up to the first of zeroes where a header would be: there tar ends, and
 * tar-stream would read on.
 */
export async function* readToEnd(
  pieces: AsyncIterable<Buffer>,
  archive: Extract,
): AsyncGenerator<Buffer> {
  let content = 0; // bytes to come before the next header
  archive.on('entry', ({ type, size }) => {
    content = type === 'directory' ? 0 : toBlocks(size);
  });
  let isEnd = false;
  let left = Buffer.alloc(0);
  for await (const piece of pieces) {
    if (isEnd) {
      // Unpacked all the same: only its end tells whether a file is whole. Signals come between.
      await setImmediate();
      continue;
    }
    left = Buffer.concat([left, piece]);
    while (left.length >= blockSize && !isEnd) {
      const whole = left.length - (left.length % blockSize);
      const blocks = left.subarray(0, content === 0 ? blockSize : Math.min(content, whole));
      isEnd = content === 0 && blocks.every((byte) => byte === 0);
      left = left.subarray(blocks.length);
      content = content === 0 ? measureExtension(blocks) : content - blocks.length;
      if (!isEnd) yield blocks;
    }
  }
  if (!isEnd && left.length > 0) yield left;
}

/** How many bytes follow of a long name or of attributes, of which tar-stream tells nothing. */
function measureExtension(header: Buffer): number {
  const type = header.toString('latin1', 156, 157);
  if (!['L', 'K', 'x', 'g'].includes(type)) return 0;
  const field = header.subarray(124, 136);
  // GNU tar writes what has no room in octal digits as a number, with a sign before it.
  const isNumber = ((field[0] ?? 0) & 0x80) !== 0;
  const size = isNumber ? Number(field.readBigInt64BE(4)) : Number.parseInt(field.toString(), 8);
  return size > 0 ? toBlocks(size) : 0;
}

/** Its bytes, with those that fill the last block. */
function toBlocks(size: number): number {
  return Math.ceil(size / blockSize) * blockSize;
}

/** As it is: the types don't know that there need not be one. */
type Raw = Omit<Header, 'type' | 'linkname'> & {
  readonly type: Header['type'] | null;
  readonly linkname: string | null;
};

export function readMember(raw: Raw): Member {
  const pax = new Map<string, string>(Object.entries(raw.pax ?? {}));
  const name = readName(raw.name, pax.get('path'));
  const type = findType(raw);
  const fault = findFault(raw, pax);
  if (type === undefined || fault !== undefined) {
    const what = fault ?? `a ${raw.type ?? 'kind of entry that is not known here'}`;
    throw new Error(`the archive has ${what}: ${quoteWords([name])}`);
  }
  return {
    name,
    type,
    target: readName(raw.linkname ?? '', pax.get('linkpath')),
    // Of its mode that is all that counts.
    isExecutable: (raw.mode & 0o100) !== 0,
    time: pax.get('mtime') ?? raw.mtime,
  };
}

/** The headers of pax are UTF-8 by their standard; in all others, names are any bytes. */
function readName(name: string, fromPax: string | undefined): string {
  if (fromPax === undefined) return decodeBytes(Buffer.from(name, 'latin1'));
  if (!/[\0\ufffd]/.test(fromPax)) return fromPax;
  throw new Error(`the archive has a name that is no UTF-8: ${quoteWords([fromPax])}`);
}

function findType({ type, name }: Raw): Member['type'] | undefined {
  // Before there were directories in archives, their names told.
  if (type === 'file') return name.endsWith('/') ? 'directory' : 'file';
  if (type === 'contiguous-file') return 'file';
  return type === 'directory' || type === 'link' || type === 'symlink' ? type : undefined;
}

function findFault(
  { type, size, linkname }: Raw,
  pax: ReadonlyMap<string, string>,
): string | undefined {
  if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse.'))) return 'a file with holes';
  if (type !== 'link' && type !== 'symlink') return undefined;
  // Old tars wrote the size of what it leads to: tar-stream would skip as much.
  if (size > 0) return 'a link with content';
  return linkname === null ? 'a link to nothing' : undefined;
}
