import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { daemon, expect, expectNothingSurvives, list, run, runIn, test } from '../support/real.ts';

const text = 'checking for libfoo... no\nconfigure: error: libfoo is missing\n';
const archive = '/job/out.tar.gz';

function listArchive(world: World, file = archive): readonly string[] {
  return tar('tzf', world.at(file)).trimEnd().split('\n');
}

function readEntry(world: World, name: string): string {
  return tar('xzOf', world.at(archive), name);
}

function tar(...words: readonly string[]): string {
  return execFileSync('tar', words, { encoding: 'utf8' });
}

/** The files that nobody asked for; they'd begin with a dot. */
function listHidden(world: World, directory: string): readonly string[] {
  return list(world, directory).filter((name) => name.startsWith('.'));
}

const someFile = expect.stringMatching(/^[0-9a-z]{32}-\S+\.drv$/);

test('two that fail and one that succeeds: the logs of the failures, and a manifest', async ({
  world,
}) => {
  const wanted = [
    { name: 'first-1.0', script: "echo 'one is bad'; exit 3" },
    { name: 'second-2.0', script: "echo 'two is bad'; exit 4" },
    { name: 'third-3.0', script: "echo 'three is good'; echo > $out" },
  ];
  const words = [`--logs-archive=${archive}`, ...daemon.buildEach(wanted, ['--keep-going'])];
  const outcome = await run(world, words);
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(/^\+ Archive of 2 build logs: \/job\/out\.tar\.gz$/m);
  const names = listArchive(world);
  expect(names).toEqual([someFile, someFile, 'manifest.json']);
  const logs = names
    .slice(0, 2)
    .toSorted((one, other) => (one.slice(33) < other.slice(33) ? -1 : 1));
  expect(logs.map((name) => name.slice(33))).toEqual(['first-1.0.drv', 'second-2.0.drv']);
  expect(logs.map((name) => readEntry(world, name))).toEqual(['one is bad\n', 'two is bad\n']);
  expect(list(world, '/job').filter((name) => name.endsWith('.drv'))).toEqual(logs.toSorted());
  const manifest: unknown = JSON.parse(readEntry(world, 'manifest.json'));
  const builds = ['first-1.0', 'second-2.0'].map((name, index) => ({
    derivation: `${daemon.kind.store}/${logs[index]}`,
    outputs: [expect.stringMatching(new RegExp(`^${daemon.kind.store}/[0-9a-z]{32}-${name}$`))],
    package: name,
    status: 'failed',
    older: false,
    log: logs[index],
    size: 11,
    lines: 1,
    end: 'whole',
    durationMs: expect.any(Number),
    exitStatus: null,
  }));
  // They are built at the same time.
  expect(manifest).toEqual({
    version: 1,
    created: expect.any(String),
    builds: expect.arrayContaining(builds),
    interrupted: [],
    untried: [],
  });
  expect(manifest).toHaveProperty('builds.length', 2);
  expect(listHidden(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});

test('--logs=all: those of successes, too', async ({ world }) => {
  const words = ['--logs=all', `--logs-archive=${archive}`, ...daemon.build('hello')];
  const outcome = await run(world, words);
  expect(outcome.status).toBe(0);
  const [name = '', ...others] = listArchive(world);
  expect(others).toEqual(['manifest.json']);
  expect(readEntry(world, name)).toBe('checking for a shell... yes\n');
  expect(JSON.parse(readEntry(world, 'manifest.json'))).toMatchObject({
    builds: [{ package: 'hello-2.12', status: 'succeeded', log: name, exitStatus: null }],
    untried: [],
  });
});

test('what was not tried because of a failure is named', async ({ world }) => {
  const broken = { name: 'broken-2.0', script: 'exit 1' };
  const waiting = { name: 'waiting-1.0', script: 'echo > $out', inputs: [broken] };
  const words = [`--logs-archive=${archive}`, ...daemon.buildEach([waiting])];
  const outcome = await run(world, words);
  expect(outcome.status).toBe(1);
  expect(JSON.parse(readEntry(world, 'manifest.json'))).toMatchObject({
    untried: [expect.stringMatching(/-waiting-1\.0\.drv$/)],
  });
});

test('older logs are told apart', async ({ world }) => {
  await run(world, daemon.build('broken'), { cwd: '/tmp' });
  await run(world, [`--logs-archive=${archive}`, 'sh', '-c', 'exit 7']);
  expect(JSON.parse(readEntry(world, 'manifest.json'))).toMatchObject({
    builds: [{ package: 'broken-1.0', older: true }],
  });
});

test('a run that succeeds makes none, and leaves an older one alone', async ({ world }) => {
  writeFileSync(world.at(archive), 'older');
  const outcome = await run(world, [`--logs-archive=${archive}`, ...daemon.build('hello')]);
  expect(outcome.status).toBe(0);
  expect(outcome.stderr).not.toContain('rchive of');
  expect(readFileSync(world.at(archive), 'utf8')).toBe('older');
});

test('one that fails replaces an older one', async ({ world }) => {
  writeFileSync(world.at(archive), 'older');
  await run(world, [`--logs-archive=${archive}`, ...daemon.build('broken')]);
  expect(listArchive(world)).toEqual([someFile, 'manifest.json']);
});

test('its directory is made', async ({ world }) => {
  await run(world, ['--logs-archive=to/be/made/logs.tgz', ...daemon.build('broken')]);
  expect(list(world, '/job/to/be/made')).toEqual(['logs.tgz']);
  expect(listArchive(world, '/job/to/be/made/logs.tgz')).toEqual([someFile, 'manifest.json']);
});

test('where no log can be unpacked, the archive has it all the same', async ({ world }) => {
  await runIn(world, ['mount', '-t', 'tmpfs', '-o', 'ro', 'none', '/srv']);
  const words = [`--logs-archive=${archive}`, ...daemon.build('broken')];
  const outcome = await run(world, words, { cwd: '/srv' });
  expect(outcome.status).toBe(1);
  expect(readEntry(world, listArchive(world)[0] ?? '')).toBe(text);
});

/** A run whose archive is lost: told once, and all else is as without it. */
async function expectLost(world: World, reason: string): Promise<void> {
  const outcome = await run(world, ['--logs-archive=/srv/a.tgz', ...daemon.build('broken')]);
  expect(outcome.status).toBe(1);
  expect(outcome.stderr.match(/archive.*/g)).toEqual([`archive /srv/a.tgz: ${reason}`]);
  expect(outcome.stderr).toMatch(
    /\nchecking for libfoo... no\nconfigure: error: libfoo is missing\n/,
  );
  expect(list(world, '/job')).toEqual([someFile]);
  expect(listHidden(world, '/srv')).toEqual([]);
  expectNothingSurvives(world);
}

test('a read-only directory', async ({ world }) => {
  await runIn(world, ['mount', '-t', 'tmpfs', '-o', 'ro', 'none', '/srv']);
  await expectLost(world, 'read-only file system');
});

test('a disk that is full', async ({ world }) => {
  await runIn(world, ['mount', '-t', 'tmpfs', '-o', 'size=4k', 'none', '/srv']);
  writeFileSync(world.at('/srv/a.tgz'), 'x'.repeat(4096));
  await expectLost(world, 'no space left on device');
  expect(readFileSync(world.at('/srv/a.tgz'), 'utf8')).toBe('x'.repeat(4096));
});

test('a symbolic link in its place', async ({ world }) => {
  symlinkSync('/etc/passwd', world.at('/srv/a.tgz'));
  const before = readFileSync(world.at('/etc/passwd'));
  await expectLost(world, 'a symbolic link stands in its place');
  expect(readFileSync(world.at('/etc/passwd'))).toEqual(before);
  expect(lstatSync(world.at('/srv/a.tgz')).isSymbolicLink()).toBe(true);
});

test('a directory in its place', async ({ world }) => {
  mkdirSync(world.at('/srv/a.tgz'));
  await expectLost(world, 'a directory stands in its place');
  expect(readdirSync(world.at('/srv/a.tgz'))).toEqual([]);
});

test('a file may not be as long as the archive', async ({ world }) => {
  // Numbers that gzip can't make much shorter.
  const noise = "awk 'BEGIN { srand(1); while (n++ < 150000) print rand() }'; exit 3";
  const noisy = { name: 'noisy-1.0', script: noise };
  // A limit on us, for the daemon has files to write, and we have begun already. We write its database,
  // when we take in the journal.
  const script = 'prlimit --pid "$PPID" --fsize=300000; exec "$@"';
  const words = ['sh', '-c', script, 'sh', ...daemon.buildEach([noisy])];
  const outcome = await run(world, ['--log-lines=1', '--logs-archive=/srv/a.tgz', ...words]);
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(/^\+ Cannot unpack the build log \S+ into .*: file too large$/m);
  expect(outcome.stderr).toMatch(/^\+ Cannot write the archive \/srv\/a\.tgz: file too large$/m);
  expect(list(world, '/srv')).toEqual([]);
  expect(listHidden(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});
