import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDefinitions } from '../../src/bootstrap/definitions/file.ts';
import { actions } from '../../src/bootstrap/build/actions.ts';
import type { Room } from '../../src/bootstrap/build/room.ts';
import { catchFailure } from '../support/bootstrap.ts';
import { expect, test } from '../support/directory.ts';

/** A build that takes `root` in the directory for `/`, and has a `tree` of two files and a link. */
function makeRoom(directory: string): Room {
  const root = join(directory, 'root');
  mkdirSync(join(root, 'tree/sub'), { recursive: true });
  writeFileSync(join(root, 'tree/file'), 'content');
  writeFileSync(Buffer.from(`${root}/tree/sub/caf\xe9`, 'latin1'), 'content');
  symlinkSync('file', join(root, 'tree/link'));
  return {
    ...{ top: '/', directory: '/', environment: {} },
    ...{ view: { root, mounts: [] }, isolation: undefined },
  };
}

const copyTree = actions['copy-recursively'];

test('a tree is copied, also into one that is there', ({ directory }) => {
  const room = makeRoom(directory);
  mkdirSync(join(directory, 'root/copy/other'), { recursive: true });
  copyTree(room, ['tree', 'copy']);
  execFileSync('rm', ['-r', join(directory, 'root/copy/other')]);
  execFileSync('diff', ['-r', '--no-dereference', 'tree', 'copy'], { cwd: room.view.root });
  expect(readdirSync(room.view.root)).toEqual(['copy', 'tree']);
});

test.for([
  ['file', 'outside/file'],
  ['link', 'outside/file'],
  ['sub', 'outside'],
] as const)('a link in the way of a %s is not followed', ([name, target], { directory }) => {
  const room = makeRoom(directory);
  for (const place of ['root/copy', 'outside']) mkdirSync(join(directory, place));
  writeFileSync(join(directory, 'outside/file'), 'mine');
  symlinkSync(join(directory, target), join(directory, 'root/copy', name));
  expect(() => copyTree(room, ['tree', 'copy'])).toThrow(/in the way|EEXIST/);
  expect(readdirSync(join(directory, 'outside'))).toEqual(['file']);
  expect(readFileSync(join(directory, 'outside/file'), 'utf8')).toBe('mine');
});

test('a tree is not copied into itself', ({ directory }) => {
  const room = makeRoom(directory);
  expect(() => copyTree(room, ['tree', 'tree/sub/tree'])).toThrow('into itself');
});

test('nobody waits for what comes out of a pipe, or is read from it', ({ directory }) => {
  const room = makeRoom(directory);
  const pipe = join(room.view.root, 'tree/pipe');
  execFileSync('mkfifo', [pipe]);
  expect(() => actions['copy-file'](room, ['tree/pipe', 'x'])).toThrow('is not a regular file');
  expect(() => actions['copy-file'](room, ['tree/file', 'tree/pipe'])).toThrow('is in the way');
  expect(() => copyTree(room, ['tree', 'copy'])).toThrow('is not a regular file');
  expect(catchFailure(() => loadDefinitions(pipe))).toMatchObject({ kind: 'input-unreadable' });
});
