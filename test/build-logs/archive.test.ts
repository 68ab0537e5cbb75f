import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, vi } from 'vitest';
import { LogsArchive } from '../../src/build-logs/archive.ts';
import { extract, listNames, makeArchive, makeBuild, tar, writtenAt } from '../support/archive.ts';
import { expect, test } from '../support/directory.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('holds the logs as they are, and a manifest', async ({ directory }) => {
  const long = Buffer.alloc(300_000, 'one line of a log\n');
  const first = makeBuild(directory, 'first-1.0', long);
  const second = makeBuild(directory, 'second-2.0', '');
  const untried = ['/gnu/store/other.drv'];
  const { file, events } = await makeArchive(
    join(directory, 'a.tar.gz'),
    [first, { ...second, milliseconds: 12.7, firstError: { line: 1, text: 'no' } }],
    untried,
  );
  expect(events).toEqual([{ event: 'logs-archived', file, logs: 2 }]);
  const [firstName, secondName] = [basename(first.derivation), basename(second.derivation)];
  expect(tar('tvzf', file, '--numeric-owner', '--exclude=manifest.json')).toBe(
    `-rw-r--r-- 0/0          300000 2026-01-02 03:04 ${firstName}\n` +
      `-rw-r--r-- 0/0               0 2026-01-02 03:04 ${secondName}\n`,
  );
  expect(listNames(file)).toEqual([firstName, secondName, 'manifest.json']);
  expect(extract(file, firstName) === long.toString()).toBe(true);
  expect(extract(file, secondName)).toBe('');
  const common = { status: 'failed', older: false, lines: 1, end: 'whole', exitStatus: null };
  expect(JSON.parse(extract(file, 'manifest.json'))).toEqual({
    version: 1,
    created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    builds: [
      {
        ...common,
        derivation: first.derivation,
        outputs: first.outputs,
        package: 'first-1.0',
        log: firstName,
        size: 300_000,
      },
      {
        ...common,
        derivation: second.derivation,
        outputs: second.outputs,
        package: 'second-2.0',
        log: secondName,
        size: 0,
        durationMs: 13,
        firstError: { line: 1, text: 'no' },
      },
    ],
    interrupted: [],
    untried,
  });
});

test('has the same bytes for the same logs at the same time', async ({ directory }) => {
  vi.useFakeTimers({ toFake: ['Date'], now: writtenAt });
  const build = makeBuild(directory, 'same-1.0', 'text\n');
  const [one, other] = [
    await makeArchive(join(directory, 'one.tgz'), [build]),
    await makeArchive(join(directory, 'other.tgz'), [build]),
  ];
  expect(readFileSync(one.file)).toEqual(readFileSync(other.file));
});

test('a derivation that was built twice has two logs', async ({ directory }) => {
  const build = makeBuild(directory, 'again-1.0', 'first\n');
  const file = join(directory, 'a.tgz');
  const archive = new LogsArchive(file, () => {});
  await archive.add(build);
  await archive.add({ ...makeBuild(directory, 'again-1.0', 'second\n') });
  await archive.close({ interrupted: [], untried: [] });
  const name = basename(build.derivation);
  expect(listNames(file)).toEqual([name, `${name}.1`, 'manifest.json']);
  expect(extract(file, name)).toBe('first\n');
  expect(extract(file, `${name}.1`)).toBe('second\n');
});

test("a log that couldn't be unpacked is read where it stands", async ({ directory }) => {
  const build = makeBuild(directory, 'packed-1.0', 'text\n');
  rmSync(build.file);
  writeFileSync(build.log, gzipSync('text\n'));
  const { file } = await makeArchive(join(directory, 'a.tgz'), [{ ...build, file: build.log }]);
  expect(extract(file, basename(build.derivation))).toBe('text\n');
});

test('a name of any length that a derivation can have', async ({ directory }) => {
  const build = makeBuild(directory, `${'long'.repeat(40)}-1.0`, 'text\n');
  const { file } = await makeArchive(join(directory, 'a.tgz'), [build]);
  expect(listNames(file)).toEqual([basename(build.derivation), 'manifest.json']);
  expect(extract(file, basename(build.derivation))).toBe('text\n');
});

test('replaces an older archive', async ({ directory }) => {
  const file = join(directory, 'a.tgz');
  writeFileSync(file, 'older');
  await makeArchive(file, [makeBuild(directory, 'new-1.0', 'text\n')]);
  expect(listNames(file)).toHaveLength(2);
});

test('without a log an older archive stays', async ({ directory }) => {
  const file = join(directory, 'a.tgz');
  writeFileSync(file, 'older');
  expect((await makeArchive(file, [])).events).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe('older');
});

test('its directory is made', async ({ directory }) => {
  const { file } = await makeArchive(join(directory, 'to/be/made/a.tgz'), [
    makeBuild(directory, 'new-1.0', 'text\n'),
  ]);
  expect(readdirSync(join(directory, 'to/be/made'))).toEqual(['a.tgz']);
  expect(listNames(file)).toHaveLength(2);
});
