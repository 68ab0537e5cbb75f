import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { LogsArchive } from '../../src/build-logs/archive.ts';
import type { Event } from '../../src/events/event.ts';
import { extract, listNames, makeArchive, makeBuild } from '../support/archive.ts';
import { expect, test } from '../support/directory.ts';

const changes: readonly (readonly [string, (file: string) => void, string])[] = [
  ['has become longer', (file) => appendFileSync(file, 'x'), 'it has changed since it was shown'],
  ['has become shorter', (file) => truncateSync(file, 9), 'it has changed since it was shown'],
  ['is empty now', (file) => truncateSync(file), 'it has changed since it was shown'],
  ['is gone', (file) => rmSync(file), 'no such file or directory'],
  [
    'has become a link',
    (file) => {
      rmSync(file);
      symlinkSync('/etc/passwd', file);
    },
    'it is not a regular file',
  ],
];

test.for(changes)(
  'a log that %s is left out, and told',
  async ([, change, reason], { directory }) => {
    const before = makeBuild(directory, 'before-1.0', 'before\n');
    // More than gzip keeps back: part of it has been written when it turns out to be wrong.
    const changed = makeBuild(directory, 'changed-1.0', Buffer.from(random(1 << 20)));
    const after = makeBuild(directory, 'after-1.0', 'after\n');
    change(changed.file);
    const { file, events } = await makeArchive(join(directory, 'a.tgz'), [before, changed, after]);
    expect(events).toEqual([
      { event: 'log-not-archived', log: changed.file, reason },
      { event: 'logs-archived', file, logs: 2 },
    ]);
    expect(listNames(file)).toEqual([
      ...[before, after].map(({ derivation }) => basename(derivation)),
      'manifest.json',
    ]);
    expect(extract(file, basename(after.derivation))).toBe('after\n');
    expect(JSON.parse(extract(file, 'manifest.json'))).toMatchObject({
      builds: [{ log: basename(before.derivation) }, { log: null }, {}],
    });
  },
);

/** Bytes that gzip can't make fewer, the same each time. */
function random(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (state * 48271) % 2147483647) & 0xff);
}

const obstacles: readonly (readonly [string, (file: string) => void, string])[] = [
  [
    'a symbolic link',
    (file) => symlinkSync(join(file, '../target'), file),
    'a symbolic link stands in its place',
  ],
  ['a directory', (file) => mkdirSync(file), 'a directory stands in its place'],
  [
    'a FIFO',
    (file) => execFileSync('mkfifo', [file]),
    'something that is no file stands in its place',
  ],
];

test.for(obstacles)('%s in its place stays', async ([, place, reason], { directory }) => {
  const builds = ['one-1.0', 'two-2.0'].map((name) => makeBuild(directory, name, 'text\n'));
  const file = join(directory, 'a.tgz');
  place(file);
  const { events } = await makeArchive(file, builds);
  expect(events).toEqual([{ event: 'logs-archive-lost', file, reason }]);
  expect(readdirSync(directory)).toEqual(['a.tgz', 'logs']);
});

test.for(obstacles)(
  '%s that came in the meantime stays',
  async ([, place, reason], { directory }) => {
    const file = join(directory, 'a.tgz');
    const events: Event[] = [];
    const archive = new LogsArchive(file, (event) => events.push(event));
    await archive.add(makeBuild(directory, 'one-1.0', 'text\n'));
    place(file);
    await archive.close({ interrupted: [], untried: [] });
    expect(events).toEqual([{ event: 'logs-archive-lost', file, reason }]);
    expect(readdirSync(directory)).toEqual(['a.tgz', 'logs']);
  },
);

test('a directory that is a file is told once', async ({ directory }) => {
  const builds = ['one-1.0', 'two-2.0'].map((name) => makeBuild(directory, name, 'text\n'));
  writeFileSync(join(directory, 'file'), 'mine');
  const { events } = await makeArchive(join(directory, 'file/a.tgz'), builds);
  expect(events).toEqual([
    {
      event: 'logs-archive-lost',
      file: join(directory, 'file/a.tgz'),
      reason: 'not a directory',
    },
  ]);
  expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('mine');
});

test('a directory that is removed in the meantime is told', async ({ directory }) => {
  const file = join(directory, 'gone/a.tgz');
  const events: Event[] = [];
  const archive = new LogsArchive(file, (event) => events.push(event));
  await archive.add(makeBuild(directory, 'one-1.0', 'text\n'));
  rmSync(join(directory, 'gone'), { recursive: true });
  await archive.close({ interrupted: [], untried: [] });
  expect(events).toMatchObject([{ event: 'logs-archive-lost' }]);
  expect(existsSync(join(directory, 'gone'))).toBe(false);
});
