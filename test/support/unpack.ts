import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Room } from '../../src/bootstrap/build/room.ts';
import { unpackSource } from '../../src/bootstrap/build/unpack.ts';

/** Unpacks a source that has been put into the directory, which a build takes for `/`. */
export async function unpack(
  root: string,
  content: Buffer,
  { signal } = new AbortController(),
): Promise<Room> {
  mkdirSync(join(root, 'tmp/build'), { recursive: true });
  mkdirSync(join(root, 'outside'));
  writeFileSync(join(root, `${'0'.repeat(32)}-source`), content);
  const place = { top: '/tmp/build', directory: '/tmp/build', environment: {} };
  const room: Room = { ...place, view: { root, mounts: [] }, isolation: undefined };
  await unpackSource(room, `/${'0'.repeat(32)}-source`, signal);
  return room;
}
