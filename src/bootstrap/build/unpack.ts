import {
  mkdirSync,
  readdirSync,
  rmSync,
  lstatSync,
  symlinkSync,
  linkSync,
  createWriteStream,
  utimesSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { errorCode } from '../../errors/system.ts';
import { copyFile } from './copy.ts';
import { findPacking, openUnpacked } from './decompress.ts';
import { findPlace, type Place } from './paths.ts';
import type { Room } from './room.ts';

/**
 * Unpacks a source where the build is, and goes into its first directory, as Guix's build systems do.
 * What is no archive is copied under its own name.
 */
export async function unpackSource(room: Room, source: string, signal: AbortSignal): Promise<void> {
  const { real } = findPlace(room.view, source);
  await using file = await open(real);
  const start = Buffer.alloc(header.length);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  const packing = findPacking(start.subarray(0, bytesRead));
  if (packing === 'none' && !isTar(start)) {
    const name = basename(source).replace(/^[0-9a-z]{32}-/, '');
    return await copyFile(real, find(room, name).real, signal);
  }
  const archive = extract(options);
  const unpacked = pipeline([...openUnpacked(file, packing), archive], { signal });
  const [writing, reading] = await Promise.allSettled([unpackEntries(archive, room), unpacked]);
  // Each ends the other when it fails, and the other then has nothing better to tell.
  const failed = [reading, writing].filter((end) => end.status === 'rejected');
  const [first, second] = failed.map(({ reason }): unknown => reason);
  if (failed.length > 0)
    throw errorCode(first) === 'ERR_STREAM_PREMATURE_CLOSE' ? (second ?? first) : first;
  enterFirst(room);
}

/** Archives as old as tar itself are taken, too, which its types don't know of. */
const options = { highWaterMark: 1 << 16, allowUnknownFormat: true };

/** A header of tar(5): its checksum counts itself as blanks. Old archives have no other sign. */
const header = { length: 512, checksum: { start: 148, end: 156 } };

function isTar(start: Buffer): boolean {
  const { checksum, length } = header;
  const written = start.toString('latin1', checksum.start, checksum.end);
  const counted = Buffer.from(start).fill(' ', checksum.start, checksum.end);
  const sum = counted.reduce((total, byte) => total + byte, 0);
  return start.length === length && Number.parseInt(written, 8) === sum;
}

async function unpackEntries(archive: ReturnType<typeof extract>, room: Room): Promise<void> {
  for await (const entry of archive) {
    const { name, type, mtime, linkname } = entry.header;
    const { real } = findNew(room, name);
    if (type === 'file' || type === 'contiguous-file') {
      await pipeline(entry, createWriteStream(real, { flags: 'wx', mode: toMode(entry.header) }));
      // By their times make(1) knows what is to be made anew.
      utimesSync(real, mtime, mtime);
      continue;
    }
    entry.resume();
    if (type === 'directory') mkdirSync(real, { recursive: true });
    else if (type === 'symlink') symlinkSync(linkname, real);
    else if (type === 'link') linkSync(find(room, linkname).real, real);
    else throw new Error(`the archive has a ${type}: ${name}`);
  }
}

/** What comes later in an archive takes the place of what came before. */
function findNew(room: Room, name: string): Place {
  const place = find(room, name.replace(/\/+$/, ''), { follow: false });
  mkdirSync(dirname(place.real), { recursive: true });
  const found = lstatSync(place.real, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) rmSync(place.real, { force: true });
  return place;
}

/** Inside of the build's directory: an archive that would leave it is a mistake, or worse. */
function find(room: Room, name: string, { follow = true } = {}): Place {
  const { view, directory, top } = room;
  const place = findPlace(view, name, { from: directory, follow });
  if (`${place.path}/`.startsWith(`${top}/`)) return place;
  throw new Error(`the archive has an entry that leads out of it: ${name}`);
}

/** That it can be executed is all that counts. */
function toMode({ mode }: Header): number {
  return (mode & 0o100) === 0 ? 0o644 : 0o755;
}

function enterFirst(room: Room): void {
  const { real } = findPlace(room.view, room.directory);
  const entries = readdirSync(real, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const [first] = names.toSorted();
  if (first !== undefined) room.directory = `${room.directory}/${first}`;
}
