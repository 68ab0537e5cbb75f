import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** All that stands below a directory: the path of each thing in it, and the thing's state. */
export type Snapshot = ReadonlyMap<string, string>;

/**
 * Looks at everything and changes nothing; what isn't a regular file is not opened. Paths are bytes
 * as latin1 has them, for a name need not be text.
 */
export function takeSnapshot(directory: string): Snapshot {
  const found = new Map<string, string>();
  visit(directory, '', found);
  return found;
}

function visit(directory: string, below: string, found: Map<string, string>): void {
  const here = toPath(directory, below);
  for (const name of readdirSync(here, 'buffer')) {
    const path = below === '' ? name.toString('latin1') : `${below}/${name.toString('latin1')}`;
    const place = toPath(directory, path);
    found.set(path, describe(place));
    if (lstatSync(place).isDirectory()) visit(directory, path, found);
  }
}

function toPath(directory: string, below: string): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(below, 'latin1')]);
}

/** Of a directory only that it is the same one: what is in it is told by itself. */
function describe(place: Buffer): string {
  const stat = lstatSync(place, { bigint: true });
  const { mode, uid, gid, ino, nlink, size, mtimeNs, ctimeNs } = stat;
  const same = [mode.toString(8), uid, gid, ino].join(' ');
  if (stat.isDirectory()) return `directory ${same}`;
  const times = [size, mtimeNs, ctimeNs].join(' ');
  if (stat.isSymbolicLink()) return `link ${same} ${times} ${readlinkSync(place)}`;
  if (!stat.isFile()) return `special ${same} ${times}`;
  return `file ${same} ${times} ${nlink} ${crc32(readFileSync(place))}`;
}
