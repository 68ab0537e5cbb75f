import { chmodSync, mkdirSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Procedure } from '../builder/step.ts';
import { copyFile, copyTree } from './copy.ts';
import { findPlace, type Place } from './paths.ts';
import type { Room } from './room.ts';

type Does = (room: Room, words: readonly string[], signal: AbortSignal) => void | Promise<void>;

/** What each procedure does, by ourselves: at the beginning of a bootstrap there is no program for it. */
export const actions: { readonly [P in Procedure]: Does } = {
  mkdir: (room, [directory = '']) => mkdirSync(toWrite(room, directory)),
  'mkdir-p': (room, [directory = '']) =>
    void mkdirSync(toWrite(room, directory), { recursive: true }),
  'copy-file': (room, [from = '', to = ''], signal) =>
    copyFile(toRead(room, from), toWrite(room, to), signal),
  'copy-recursively': (room, [from = '', to = ''], signal) =>
    copyTree(toRead(room, from), toWrite(room, to), signal),
  'install-file'(room, [file = '', directory = ''], signal) {
    mkdirSync(toWrite(room, directory), { recursive: true });
    return copyFile(toRead(room, file), toWrite(room, `${directory}/${basename(file)}`), signal);
  },
  'delete-file': (room, [file = '']) => unlinkSync(toWrite(room, file, { follow: false })),
  symlink: (room, [target = '', link = '']) =>
    symlinkSync(target, toWrite(room, link, { follow: false })),
  chmod: (room, [file = '', mode = '']) => chmodSync(toWrite(room, file), Number.parseInt(mode, 8)),
  chdir(room, [directory = '']) {
    const { path, real } = find(room, directory);
    if (!statSync(real).isDirectory()) throw new Error(`${directory} is not a directory`);
    room.directory = path;
  },
  setenv(room, [name = '', value = '']) {
    room.environment = { ...room.environment, [name]: value };
  },
};

function find({ view, directory }: Room, path: string, follow = true): Place {
  return findPlace(view, path, { from: directory, follow });
}

function toRead(room: Room, path: string): string {
  return find(room, path).real;
}

function toWrite(room: Room, path: string, { follow = true } = {}): string {
  const { real, isWritable } = find(room, path, follow);
  if (!isWritable) throw new Error(`${path} is not the build's own: it can't be changed`);
  return real;
}
