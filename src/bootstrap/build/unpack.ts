import {
  createWriteStream,
  linkSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Extract } from 'tar-stream';
import { waitForEnds } from '../../files/ends.ts';
import { quoteWords } from '../../events/quote.ts';
import { encodeBytes } from '../../processes/bytes.ts';
import { blockSize, isHeader, openArchive, readMember, readToEnd } from './archive.ts';
import { copyFile } from './copy.ts';
import { findPacking, openUnpacked } from './decompress.ts';
import { findPlace } from './paths.ts';
import type { Room } from './room.ts';
import { readNames } from './trees.ts';

/**
 * Unpacks a source where the build is, and goes into its first directory, as Guix's build systems do.
 * What is no archive is copied under its own name.
 */
export async function unpackSource(room: Room, source: string, signal: AbortSignal): Promise<void> {
  const { real } = findPlace(room.view, source);
  await using file = await open(real);
  const start = Buffer.alloc(blockSize);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  const packing = findPacking(start.subarray(0, bytesRead));
  if (packing === 'none' && !isHeader(start)) {
    const name = basename(source).replace(/^[0-9a-z]{32}-/, '');
    return await copyFile(real, find(room, name), signal);
  }
  const archive = openArchive();
  const unpacked = pipeline(
    openUnpacked(file, packing),
    (pieces: AsyncIterable<Buffer>) => readToEnd(pieces, archive),
    archive,
    { signal },
  );
  await waitForEnds(unpacked, unpackEntries(archive, room));
  enterFirst(room);
}

async function unpackEntries(archive: Extract, room: Room): Promise<void> {
  for await (const entry of archive) {
    const { name, type, target, isExecutable, time } = readMember(entry.header);
    const place = find(room, name);
    const linked = type === 'link' ? find(room, target) : undefined;
    // tar makes such a link of a file with several names that it is given twice.
    if (place !== linked) makeWay(place);
    const at = encodeBytes(place);
    if (type === 'file') {
      const mode = isExecutable ? 0o755 : 0o644;
      await pipeline(entry, createWriteStream(at, { flags: 'wx', mode }));
      // By their times make(1) knows what is to be made anew.
      utimesSync(at, time, time);
      continue;
    }
    entry.resume();
    if (type === 'directory') mkdirSync(at, { recursive: true });
    else if (type === 'symlink') symlinkSync(encodeBytes(target), at);
    else if (linked !== undefined && linked !== place) linkSync(encodeBytes(linked), at);
  }
}

/** What comes later in an archive takes the place of what came before. */
function makeWay(place: string): void {
  mkdirSync(encodeBytes(dirname(place)), { recursive: true });
  const at = encodeBytes(place);
  const found = lstatSync(at, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) rmSync(at, { force: true });
}

/** Inside of the build's directory: an archive that would leave it is a mistake, or worse. */
function find({ view, directory, top }: Room, name: string): string {
  const { path, real } = findPlace(view, name, { from: directory, follow: false });
  if (`${path}/`.startsWith(`${top}/`)) return real;
  throw new Error(`the archive has an entry that leads out of it: ${quoteWords([name])}`);
}

function enterFirst(room: Room): void {
  const { real } = findPlace(room.view, room.directory);
  const names = readNames(real).filter((name) =>
    lstatSync(encodeBytes(`${real}/${name}`)).isDirectory(),
  );
  const [first] = names.toSorted();
  if (first !== undefined) room.directory = `${room.directory}/${first}`;
}
