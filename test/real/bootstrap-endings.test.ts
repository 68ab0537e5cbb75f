// A bootstrap that is ended leaves nothing that runs, and nothing that looks finished.
import { bootstrap, define, scripted, seed, shell, test } from '../support/bootstrap-world.ts';
import { type Running, expect, kill, list, listProcesses, startIn } from '../support/real.ts';
import type { World } from '../../scripts/world.ts';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const script =
  'mkdir $out; echo half >$out/x; setsid sleep 1000 & sleep 1000 & touch $out/ready; sleep 1000';

/** Starts a bootstrap whose second build never ends, and waits until that is in the middle of it. */
async function startEndless(world: World, words: readonly string[] = []): Promise<Running> {
  define(world, `${seed}${scripted('endless', script)}`);
  const command = ['/entry-point.sh', 'bootstrap', 'bootstrap0.scm', ...words];
  const running = startIn(world, command);
  await running.says('endless-1: builder');
  const isReady = 'find / -xdev -path "*-endless-1/ready" 2>/dev/null | wc -l';
  await expect.poll(() => shell(world, isReady)).not.toBe('0\n');
  return running;
}

/** Names that look like outputs of it. */
function listOutputs(world: World, directory = '/job'): readonly string[] {
  return list(world, `${directory}/store0`).filter((name) => /endless-1$|^\./.test(name));
}

test.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', async (signal, { world }) => {
  const running = await startEndless(world);
  process.kill(running.pid, signal);
  const number = { SIGTERM: 15, SIGINT: 2, SIGHUP: 1 }[signal];
  expect(await running.ended).toEqual({ status: 128 + number, signal: null });
  expect(running.stderr()).toMatch(new RegExp(`\\+ ${signal}: stopping\n$`));
  expect(listProcesses(world)).toEqual([]);
  expect(listOutputs(world)).toEqual([]);
});

test('SIGKILL, which ends the build as well, and the next run begins it anew', async ({
  world,
}) => {
  const running = await startEndless(world);
  process.kill(running.pid, 'SIGKILL');
  expect(await running.ended).toEqual({ status: null, signal: 'SIGKILL' });
  await expect.poll(() => listProcesses(world)).toEqual([]);
  expect(listOutputs(world)).toEqual(['.build']);
  define(world, `${seed}${scripted('endless', 'echo done >$out')}`);
  const { status, stdout } = await bootstrap(world);
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('endless-1'),
  });
  expect(listOutputs(world)).toHaveLength(1);
});

test('SIGTERM where builds are not isolated', async ({ world }) => {
  define(world, `${seed}${scripted('endless', script)}`);
  const command = ['env', 'PATH=/nowhere', '/entry-point.sh', 'bootstrap', 'bootstrap0.scm'];
  const running = startIn(world, command);
  const isReady = 'ls /job/store0/*-endless-1/ready 2>/dev/null | wc -l';
  await expect.poll(() => shell(world, isReady)).toBe('1\n');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  expect(listProcesses(world)).toEqual([]);
  expect(listOutputs(world)).toEqual([]);
});

/** What each manner of building without name spaces needs. */
const manners = {
  'not isolated': 'mkdir bin',
  'in a chroot': 'mkdir bin; for name in setpriv sh cp perl; do ln -s $(which $name) bin/; done',
};

test.for(['not isolated', 'in a chroot'] as const)(
  'SIGKILL where builds are %s: the next run ends and removes what was left, whatever it builds',
  async (manner, { world }) => {
    await shell(world, manners[manner]);
    define(world, `${seed}${scripted('endless', `env -i $(which setsid) sleep 1000 & ${script}`)}`);
    await shell(world, 'mkdir é; cp bootstrap0.scm seed é');
    const where = { env: { PATH: '/job/bin' }, cwd: '/job/é' };
    const running = startIn(world, ['/entry-point.sh', 'bootstrap', 'bootstrap0.scm'], where);
    const isReady = 'find / -xdev -path "*-endless-1/ready" 2>/dev/null | wc -l';
    await expect.poll(() => shell(world, isReady)).not.toBe('0\n');
    process.kill(running.pid, 'SIGKILL');
    expect(await running.ended).toEqual({ status: null, signal: 'SIGKILL' });
    const { status, stderr } = await bootstrap(world, ['seed'], where);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringMatching(
        /\n\+ Ended what a killed bootstrap had left running: process(es)? \d+(, \d+)*\n$/,
      ),
    });
    expect(listProcesses(world)).toEqual([]);
    expect(listOutputs(world, '/job/é')).toEqual([]);
  },
);

test('what a killed run has left is its store’s own, also in a copy of that', async ({ world }) => {
  await shell(world, 'mkdir one');
  define(world, `${seed}${scripted('endless', script)}`, 'one/bootstrap0.scm');
  await shell(world, 'cp seed one');
  const env = { PATH: '/nowhere' };
  const command = ['/entry-point.sh', 'bootstrap', 'bootstrap0.scm'];
  const running = startIn(world, command, { env, cwd: '/job/one' });
  await expect.poll(() => shell(world, 'ls one/store0/*-endless-1/ready || true')).not.toBe('');
  process.kill(running.pid, 'SIGKILL');
  await running.ended;
  await shell(world, 'cp -a one other; rm -r one/store0/.build');
  expect(await bootstrap(world, ['seed'], { env, cwd: '/job/other' })).toMatchObject({ status: 0 });
  expect(listOutputs(world, '/job/one')).toHaveLength(1);
  expect(listOutputs(world, '/job/other')).toEqual([]);
  // Its builders are known by where they are, not by the copy.
  expect(await bootstrap(world, ['seed'], { env, cwd: '/job/one' })).toMatchObject({ status: 0 });
  for (const { pid } of listProcesses(world)) process.kill(pid, 'SIGKILL');
});

test('SIGTERM when something of a build can’t be ended by us', async ({ world }) => {
  // A program of root's that anybody may execute: as in `sudo`.
  const helper = `#include <unistd.h>
int main(void) { setuid(0); setgid(0); for (;;) pause(); }`;
  writeFileSync(world.at('/job/helper.c'), helper);
  await shell(world, 'gcc -o /usr/local/bin/helper helper.c; chmod 4755 /usr/local/bin/helper');
  define(
    world,
    `${seed}${scripted('left', 'touch $out; setsid /usr/local/bin/helper & until grep -q ^Uid:.0.0 /proc/$!/status; do :; done')}`,
  );
  await shell(world, 'chown 1000 .');
  const asUser = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'];
  const command = ['env', 'PATH=/nowhere', '/entry-point.sh', 'bootstrap', 'bootstrap0.scm'];
  const running = startIn(world, [...asUser, ...command]);
  await running.says('left-1: builder');
  const find = (): number | undefined =>
    listProcesses(world).find((one) => one.command.endsWith('/helper'))?.pid;
  await expect.poll(find).toBeDefined();
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  await kill(world, find() ?? 0, 'KILL');
});

test('processes that no bootstrap has started are left alone', async ({ world }) => {
  define(world, seed);
  await shell(world, 'mkdir -p theirs store0 other; ln -s ../theirs store0/.build');
  const other =
    'mount --bind other /job; mkdir -p /job/store0/.build/room; cd /job/store0/.build/room';
  const theirs = [
    startIn(world, ['sleep', '1000'], { cwd: '/job/theirs' }),
    startIn(world, [
      'unshare',
      '--mount',
      'sh',
      '-ec',
      `${other}; NIX_BUILD_TOP=$PWD exec sleep 1000`,
    ]),
  ];
  const isThere = (): number =>
    listProcesses(world).filter(({ command }) => command === 'sleep 1000').length;
  await expect.poll(isThere).toBe(2);
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  await shell(world, 'mkdir -p store0/.build/room');
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  expect(isThere()).toBe(2);
  for (const { pid, ended } of theirs) {
    process.kill(pid, 'SIGKILL');
    await ended;
  }
});

test('what was killed where builds are not isolated is built anew', async ({ world }) => {
  define(
    world,
    `${seed}${scripted('endless', 'mkdir $out; echo whole >$out/x; [ -e $out/../log ]')}`,
  );
  const env = { PATH: '/nowhere' };
  const { stdout } = await bootstrap(world, [], { env });
  const place = (await shell(world, 'echo store0/*-endless-1')).trim();
  // As if it had been killed: it is there, and in no manifest.
  await shell(world, `rm store0/manifest.json; echo half >${place}/x; touch ${place}/y`);
  expect((await bootstrap(world, [], { env })).stdout).toBe(stdout);
  expect(await shell(world, `cat ${place}/*`)).toBe('whole\n');
});

test('a build whose program is killed has failed', async ({ world }) => {
  define(world, `${seed}${scripted('bad', 'touch $out; sleep 1000; echo done')}`);
  const running = startIn(world, ['/entry-point.sh', 'bootstrap', 'bootstrap0.scm']);
  await running.says('bad-1: builder');
  const find = (): number | undefined =>
    listProcesses(world).find(({ command }) => command.startsWith('sleep 1000'))?.pid;
  await expect.poll(find).toBeDefined();
  await kill(world, find() ?? 0, 'KILL');
  expect(await running.ended).toEqual({ status: 1, signal: null });
  expect(running.stderr()).toContain('The build of bad-1 failed: ');
});

/** A file of 1 TiB that takes no room: reading it never ends. */
const endlessFile = 'truncate -s 1T';

/** Sends SIGTERM to a bootstrap when it is in the middle of something, which must not be waited for. */
async function interrupt(world: World, words: readonly string[], isThere: string): Promise<string> {
  const running = startIn(world, ['/entry-point.sh', 'bootstrap', 'bootstrap0.scm', ...words]);
  await expect.poll(() => shell(world, `${isThere} && echo yes || true`)).toBe('yes\n');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  expect(running.stderr()).toMatch(/\+ SIGTERM: stopping\n$/);
  return running.stderr();
}

test('SIGTERM while a source is hashed', async ({ world }) => {
  define(world, seed);
  await shell(world, `${endlessFile} seed`);
  const isOpen = 'ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q "/job/seed$"';
  await interrupt(world, [], isOpen);
  expect(listOutputs(world)).toEqual([]);
});

test('SIGTERM while an archive is unpacked', async ({ world }) => {
  const zeros = gzipSync(Buffer.alloc(1 << 24));
  // 6.25 GiB, of which the file in the archive is the most.
  const header = Buffer.alloc(512);
  header.write(
    'file\0'.padEnd(100, '\0') + '0000644\0'.repeat(3) + '60000000000\0' + '0'.repeat(11),
  );
  header.write('\0        0', 147);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const pieces = Array.from({ length: 400 }, () => zeros);
  writeFileSync(world.at('/job/big.tar.gz'), Buffer.concat([gzipSync(header), ...pieces]));
  const origin =
    '(origin (method url-fetch) (uri "http://x/big.tar.gz") (sha256 (base32 "@big.tar.gz@")))';
  define(
    world,
    `(define-public big (package (name "big") (version "1") (source ${origin}) (build-system gnu-build-system)))`,
  );
  await interrupt(world, [], '[ -s store0/.build/room/tmp/*/file ]');
  expect(await shell(world, 'cat store0/log/*')).not.toContain('succeeded');
  expect(listOutputs(world)).toEqual([]);
});

test('SIGTERM while an output is hashed', async ({ world }) => {
  define(world, `${seed}${scripted('endless', 'dd of=$out bs=1M seek=1M count=0')}`);
  const stderr = await interrupt(world, [], 'grep -q succeeded store0/log/*-endless-1.log');
  expect(stderr).not.toContain('endless-1: built');
  expect(listOutputs(world)).toEqual([]);
});
