// What the doctor finds of Guix itself: users, socket, programs, profiles, channels, keys, servers.
import { mkdirSync, writeFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { asUser, examine, examineAlone, fine, prepare } from '../support/doctor.ts';
import { expect, expectNothingSurvives, list, startIn, test } from '../support/real.ts';

const socket = '/var/guix/daemon-socket/socket';

/** Writes a file of the world, with the directories above it. */
function write(world: World, file: string, text: string): void {
  mkdirSync(world.at(file.slice(0, file.lastIndexOf('/'))), { recursive: true });
  writeFileSync(world.at(file), text);
}

const without = {
  'no group': 'for n in 1 2 3 4; do userdel guixbuilder$n; done; groupdel guixbuild || true',
  'a group without members': 'sed -i "s/^\\(guixbuild:.*:\\).*/\\1/" /etc/group',
  'members that do not exist': 'sed -i /^guixbuilder2:/d /etc/passwd',
};

test.for([
  ['no group', "there is no group 'guixbuild'"],
  ['a group without members', "the group 'guixbuild' has no members"],
  ['members that do not exist', "members of the group 'guixbuild' do not exist: guixbuilder2"],
] as const)('%s: told with the daemon’s refusal, and mended', async ([fault, text], { world }) => {
  await prepare(world, without[fault]);
  const found = await examineAlone(world, ['build-users', 'self-test']);
  expect(found.status).toBe(1);
  expect(found.findings[0]).toMatchObject({ state: 'broken', text });

  const { status, findings } = await examineAlone(world, ['--fix', 'build-users', 'self-test']);
  expect(findings.map(({ state, fixed }) => [state, fixed])).toEqual([
    ['broken', true],
    ...Array.from({ length: 3 }, () => ['fine', null]),
  ]);
  expect(status).toBe(0);
});

test('no group: what is told to type mends it as well', async ({ world }) => {
  await prepare(world, without['no group']);
  const { findings } = await examineAlone(world, ['build-users']);
  await prepare(world, findings[0]?.command ?? '');
  expect(await examineAlone(world, ['build-users', 'self-test'])).toMatchObject({ status: 0 });
});

test('build users that can’t be made: why is told, and it stays broken', async ({ world }) => {
  await prepare(world, `${without['no group']}; mv /usr/sbin/useradd /tmp`);
  const { status, findings } = await examineAlone(world, ['--fix', 'build-users']);
  expect(status).toBe(1);
  expect(findings.map(({ state, fixed }) => [state, fixed])).toEqual([
    ['broken', false],
    ['broken', null],
  ]);
});

test('builds as root are odd', async ({ world }) => {
  const option = '--daemon-option=--build-users-group=';
  const { status, findings } = await examineAlone(world, ['build-users', option]);
  expect({ status, findings }).toMatchObject({ status: 0, findings: [{ state: 'odd' }] });
});

test('nothing stands where the daemon will', async ({ world }) => {
  expect(await examineAlone(world, ['socket'])).toEqual({
    status: 0,
    findings: [fine('socket', `${socket} is free: a daemon is started for each run`)],
  });
});

test('a daemon that runs is told, and left alone by the self-test', async ({ world }) => {
  const running = startIn(world, ['guix-daemon', '--build-users-group=guixbuild']);
  await expect.poll(() => list(world, '/var/guix/daemon-socket')).toEqual(['socket']);
  const words = ['socket', 'store', 'self-test'];
  const ofRoot = await examine(world, words);
  expect(ofRoot.findings.map(({ state }) => state)).not.toContain('broken');
  expect(ofRoot.findings).toContainEqual(
    fine('socket', `a daemon answers on ${socket}; it is used and left alone`),
  );
  const ofUser = await examine(world, words, { by: asUser, leavesLogs: true });
  expect(ofUser.status).toBe(0);
  expect(ofUser.findings.at(-1)).toMatchObject({
    state: 'fine',
    text: expect.stringMatching(/^a build in the daemon that runs works, in \d+ ms$/),
  });
  expect(list(world, '/var/guix/daemon-socket')).toEqual(['socket']);
  process.kill(running.pid, 'SIGKILL');
  await running.ended;

  const text = `nobody listens on ${socket}: a daemon that was killed has left it`;
  const left = await examine(world, ['socket']);
  expect(left).toMatchObject({ status: 0, findings: [{ state: 'odd', text }] });
  const { status, findings } = await examineAlone(world, ['socket', '--fix']);
  expect(findings).toMatchObject([{ text, fixed: true }, { state: 'fine' }]);
  expect(status).toBe(0);
});

test('a file of somebody in the place of the socket stays', async ({ world }) => {
  write(world, '/job/notes', 'mine');
  const words = ['socket', 'self-test', '--daemon-socket=/job/notes', '--fix'];
  const { status, findings } = await examineAlone(world, words);
  expect(status).toBe(1);
  expect(findings[0]).toMatchObject({
    state: 'broken',
    text: '/job/notes is there, and is not a socket',
    fixed: null,
  });
  expect(list(world, '/job')).toEqual(['notes']);
});

test('a daemon that says nothing', async ({ world }) => {
  mkdirSync(world.at('/var/guix/daemon-socket'), { recursive: true });
  const silent = startIn(world, ['/fixtures/programs/silent-daemon', `--listen=${socket}`]);
  await silent.says('listening');
  const { status, findings } = await examine(world, ['socket', '--daemon-timeout=0.5', '--fix']);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: expect.stringContaining('nothing within 0.5 s'), fixed: null },
  ]);
  process.kill(silent.pid, 'SIGKILL');
  await silent.ended;
});

test('a directory in which anybody could put a socket', async ({ world }) => {
  await prepare(world, 'mkdir --mode=777 /var/guix/daemon-socket');
  const { findings } = await examineAlone(world, ['socket']);
  expect(findings).toMatchObject([{ state: 'odd', text: expect.stringContaining('everybody') }]);
  await prepare(world, findings[0]?.command ?? '');
  expect((await examineAlone(world, ['socket'])).findings).toMatchObject([{ state: 'fine' }]);
});

test('a place for the socket that is not this user’s', async ({ world }) => {
  const { status, findings } = await examineAlone(world, ['socket'], { by: asUser });
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: expect.stringContaining('permission denied') },
  ]);
});

test('a daemon elsewhere that nobody reaches', async ({ world }) => {
  const words = ['socket', 'self-test', '--daemon-socket=guix://127.0.0.1'];
  const { status, findings } = await examineAlone(world, words);
  expect(status).toBe(1);
  expect(findings.map(({ state }) => state)).toEqual(['broken', 'broken']);
});

test('programs that are there, with their versions', async ({ world }) => {
  const { status, findings } = await examineAlone(world, ['client', 'daemon']);
  expect(status).toBe(0);
  expect(findings).toEqual([
    fine('daemon', 'guix-daemon (GNU Guix) 1.5.0: /usr/bin/guix-daemon'),
    fine('client', 'guix (GNU Guix) 1.5.0: /usr/bin/guix'),
  ]);
});

test('programs that are not there', async ({ world }) => {
  await prepare(world, 'rm /usr/bin/guix /usr/bin/guix-daemon');
  const { status, findings } = await examineAlone(world, ['client', 'daemon', 'self-test']);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { check: 'daemon', state: 'broken', text: 'Cannot find guix-daemon' },
    {
      check: 'client',
      state: 'broken',
      text: 'there is no guix, neither in a profile nor on PATH',
    },
    { check: 'self-test', state: 'broken', text: 'Cannot find guix-daemon' },
  ]);
});

test.for([
  ['/etc/passwd', 'permission denied'],
  ['/nowhere/guix-daemon', 'no such file or directory'],
  ['/usr/bin/false', 'exit status 1: false (GNU coreutils)'],
])('--daemon-program=%s is broken', async ([program, reason], { world }) => {
  const words = ['daemon', `--daemon-program=${program}`];
  const { status, findings } = await examineAlone(world, words);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: expect.stringContaining(`${program} can't be run: ${reason}`) },
  ]);
});

test('a daemon that says nothing fails the self-test, in time', async ({ world }) => {
  const program = '--daemon-program=/fixtures/programs/silent-daemon';
  const { status, findings } = await examineAlone(world, ['self-test', program]);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: expect.stringContaining('did not answer') },
  ]);
  expectNothingSurvives(world);
});
