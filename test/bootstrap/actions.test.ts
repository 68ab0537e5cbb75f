import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

/** Nobody calls it off. */
const { signal } = new AbortController();

async function copyTree(room: Room, words: readonly string[]): Promise<void> {
  await actions['copy-recursively'](room, words, signal);
}

async function copyFile(room: Room, words: readonly string[]): Promise<void> {
  await actions['copy-file'](room, words, signal);
}

test('a tree is copied, also into one that is there', async ({ directory }) => {
  const room = makeRoom(directory);
  mkdirSync(join(directory, 'root/copy/other'), { recursive: true });
  await copyTree(room, ['tree', 'copy']);
  execFileSync('rm', ['-r', join(directory, 'root/copy/other')]);
  execFileSync('diff', ['-r', '--no-dereference', 'tree', 'copy'], { cwd: room.view.root });
  expect(readdirSync(room.view.root)).toEqual(['copy', 'tree']);
});

test.for([
  ['file', 'outside/file'],
  ['link', 'outside/file'],
  ['sub', 'outside'],
] as const)('a link in the way of a %s is not followed', async ([name, target], { directory }) => {
  const room = makeRoom(directory);
  for (const place of ['root/copy', 'outside']) mkdirSync(join(directory, place));
  writeFileSync(join(directory, 'outside/file'), 'mine');
  symlinkSync(join(directory, target), join(directory, 'root/copy', name));
  await expect(copyTree(room, ['tree', 'copy'])).rejects.toThrow(/in the way|EEXIST/);
  expect(readdirSync(join(directory, 'outside'))).toEqual(['file']);
  expect(readFileSync(join(directory, 'outside/file'), 'utf8')).toBe('mine');
});

test('a tree is not copied into itself', async ({ directory }) => {
  const room = makeRoom(directory);
  await expect(copyTree(room, ['tree', 'tree/sub/tree'])).rejects.toThrow('into itself');
});

test('nobody waits for what comes out of a pipe, or is read from it', async ({ directory }) => {
  const room = makeRoom(directory);
  const pipe = join(room.view.root, 'tree/pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(copyFile(room, ['tree/pipe', 'x'])).rejects.toThrow('is not a regular file');
  await expect(copyFile(room, ['tree/file', 'tree/pipe'])).rejects.toThrow('is in the way');
  await expect(copyTree(room, ['tree', 'copy'])).rejects.toThrow('is not a regular file');
  expect(catchFailure(() => loadDefinitions(pipe))).toMatchObject({ kind: 'input-unreadable' });
});

test('a copy takes the place of one that is read-only', async ({ directory }) => {
  const room = makeRoom(directory);
  const file = join(room.view.root, 'tree/file');
  chmodSync(file, 0o444);
  await copyFile(room, ['tree/file', 'copy']);
  writeFileSync(join(room.view.root, 'other'), 'other');
  linkSync(join(room.view.root, 'copy'), join(room.view.root, 'first'));
  await copyFile(room, ['other', 'copy']);
  // It isn't written into: only root could.
  const read = (name: string): string => readFileSync(join(room.view.root, name), 'utf8');
  expect([read('first'), read('copy')]).toEqual(['content', 'other']);
});

test('where builds are not isolated, procedures change nothing but what is the build’s', async ({
  directory,
}) => {
  const { view, ...its } = makeRoom(directory);
  const room = { ...its, view: { ...view, own: ['/tree/sub', '/out'] } };
  await copyFile(room, ['tree/file', 'tree/sub/copy']);
  await copyTree(room, ['tree/sub', 'out']);
  symlinkSync('/tree', join(view.root, 'out/link'));
  for (const [procedure, ...words] of [
    ['mkdir', 'new'],
    ['mkdir-p', 'a/b'],
    ['copy-file', 'tree/file', 'outside'],
    ['copy-recursively', 'tree', 'outer'],
    ['install-file', 'tree/file', 'tree'],
    ['delete-file', 'tree/file'],
    ['symlink', 'x', 'y'],
    ['chmod', 'tree/file', '600'],
    ['delete-file', 'out/link/file'],
  ] as const) {
    await expect(async () => actions[procedure](room, words, signal)).rejects.toThrow(
      "is not the build's own: it can't be changed",
    );
  }
  expect(readdirSync(view.root)).toEqual(['out', 'tree']);
});
