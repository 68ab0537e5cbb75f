import type { World } from '../../scripts/world.ts';
import {
  describeTree,
  entryPoint,
  env,
  home,
  mountStage,
  ours,
  runStaged,
  sh,
  staged,
} from '../support/cache.ts';
import {
  expect,
  expectNothingSurvives,
  list,
  listProcesses,
  runIn,
  start,
  test,
} from '../support/real.ts';
import { openTerminal } from '../support/terminal.ts';

/** Several things change in several places, so that it can't be one step. */
const changes = `cd ${staged}; echo new > a/file; echo more >> b/file; rm c/file; rmdir c; mkdir d; echo 1 > d/file`;
const before = `mkdir -p ${home}/a ${home}/b ${home}/c; cd ${home}; for each in a b c; do echo $each > $each/file; echo same > $each/../same-$each; done`;

async function expectChanged(world: World): Promise<void> {
  expect(await describeTree(world, home)).toBe(await describeTree(world, staged));
  expect(await sh(world, `cd ${home}; cat a/file b/file d/file; ls -A`)).toBe(
    'new\nb\nmore\n1\na\nb\nd\nsame-a\nsame-b\nsame-c\n',
  );
  expect(list(world, '/root')).not.toContain(`.cache${ours}`);
}

test('the home cache is a mount point: it can not be exchanged, and is changed step by step', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}; mount -t tmpfs volume ${home}; ${before}`);
  expect(await runStaged(world, changes)).toMatchObject({ status: 0, stderr: '' });
  await expectChanged(world);
});

test('something is mounted inside the home cache', async ({ world }) => {
  await mountStage(world);
  await sh(
    world,
    `mkdir -p ${home}/a ${home}/b; mount -t tmpfs volume ${home}/a; mount -t tmpfs volume ${home}/b; ${before}`,
  );
  expect(await runStaged(world, changes)).toMatchObject({ status: 0, stderr: '' });
  await expectChanged(world);
  // All in one of them: made anew inside it.
  const inside = `cd ${staged}/b; mkdir e f; echo 2 > e/file; echo 3 > f/file`;
  expect(await runStaged(world, inside)).toMatchObject({ status: 0, stderr: '' });
  expect(await describeTree(world, home)).toBe(await describeTree(world, staged));
  expect(list(world, `${home}/b`)).toEqual(['e', 'f', 'file']);
});

test('the home cache comes from a lower layer of an overlay, as that of an image does', async ({
  world,
}) => {
  await mountStage(world);
  const layers = 'lowerdir=/layers/lower,upperdir=/layers/upper,workdir=/layers/work';
  await sh(
    world,
    `${before}; mkdir /layers; mount -t tmpfs layers /layers; cd /layers; mkdir upper work; cp -a /root lower; mount -t overlay -o ${layers} overlay /root`,
  );
  expect(await runStaged(world, changes)).toMatchObject({ status: 0, stderr: '' });
  await expectChanged(world);
  // What didn't change was not copied into the upper layer.
  expect(list(world, '/layers/upper/.cache')).toEqual(['a', 'b', 'c', 'd']);
  // Once more, on what is of both layers.
  const more = `cd ${staged}; rm -r a; echo file > a; rm b/file; mkdir b/file`;
  expect(await runStaged(world, more)).toMatchObject({ status: 0, stderr: '' });
  expect(await describeTree(world, home)).toBe(await describeTree(world, staged));
});

test('a staging directory that is too small: the run says what to type, and does not begin', async ({
  world,
}) => {
  await mountStage(world, 'size=2m');
  await sh(world, `mkdir -p ${home}; head -c 5000000 /dev/zero > ${home}/big`);
  const outcome = await runStaged(world, 'echo ran');
  expect(outcome).toMatchObject({ status: 78, stdout: '' });
  expect(outcome.stderr).toBe(
    [
      `+ guix-entry-point: Cannot stage the home cache in ${staged}: there is no room for it.`,
      '+ In its file system:',
      '+   5 MiB are needed, 1 MiB are free',
      `+ Hint: Mount a larger one: 'docker run --tmpfs ${staged}:size=6m …', or where it is mounted already: 'mount -o remount,size=6m ${staged}'. Without XDG_CACHE_HOME the cache stays at home.`,
      '',
    ].join('\n'),
  );
  expectNothingSurvives(world);
});

test('a staging directory with too few inodes, and one that can not be made', async ({ world }) => {
  await mountStage(world, 'nr_inodes=10');
  await sh(world, `mkdir -p ${home}; cd ${home}; seq 20 | xargs touch`);
  const outcome = await runStaged(world, 'true');
  expect(outcome.status).toBe(78);
  expect(outcome.stderr).toContain('+   20 more files are needed, there is room for ');
  const nowhere = await runStaged(world, 'true', { env: { XDG_CACHE_HOME: '/proc/cache' } });
  expect(nowhere).toMatchObject({
    status: 78,
    stderr: expect.stringContaining(
      `Cannot stage the home cache ${home} in /proc/cache: no such file or directory.\n`,
    ),
  });
});

test('no room at home: it is told, the status is the command’s, and the old home cache is whole', async ({
  world,
}) => {
  await mountStage(world);
  await sh(
    world,
    `mkdir -p /small; mount -t tmpfs -o size=1m small /small; mkdir /small/.cache; echo old > /small/.cache/file`,
  );
  const outcome = await runStaged(
    world,
    `echo new > ${staged}/file; head -c 2000000 /dev/zero > ${staged}/big; exit 3`,
    { env: { HOME: '/small' } },
  );
  expect(outcome).toMatchObject({
    status: 3,
    stderr: `+ Cache: CANNOT STAGE OUT ${staged}: no space left on device. What this run has changed there is not in /small/.cache, which is as it was\n`,
  });
  expect(await sh(world, 'cd /small; find -type f | xargs tail -n +1')).toBe('old\n');
  // The next run that finds room brings it home.
  await sh(world, 'mount -o remount,size=10m /small');
  expect(await runStaged(world, 'true', { env: { HOME: '/small' } })).toMatchObject({ stderr: '' });
  expect(await sh(world, 'cat /small/.cache/file; ls /small/.cache')).toBe('new\nbig\nfile\n');
});

test('a home cache that can not be written, and a staging directory that is gone', async ({
  world,
}) => {
  await mountStage(world);
  await sh(world, `${before}; mount --bind ${home} ${home}; mount -o remount,ro,bind ${home}`);
  const readOnly = await runStaged(world, changes);
  expect(readOnly).toMatchObject({
    status: 0,
    stderr: expect.stringContaining(`+ Cache: CANNOT STAGE OUT ${staged}: read-only file system. `),
  });
  await sh(world, `umount ${home}`);
  const gone = await runStaged(world, `rm -r ${staged}`);
  expect(gone).toMatchObject({
    status: 0,
    stderr: expect.stringContaining(`+ Cache: CANNOT STAGE OUT ${staged}: it is gone. `),
  });
  expect(await sh(world, `cat ${home}/*/file`)).toBe('a\nb\nc\n');
});

test('what can not be copied is told, and stays where it is', async ({ world }) => {
  await mountStage(world);
  await sh(world, `${before}; mknod ${home}/device c 1 3`);
  const outcome = await runStaged(world, changes);
  expect(outcome).toMatchObject({
    status: 0,
    stderr: `+ Cache: not copied from ${home}:\n+   device: sockets and devices are not copied\n`,
  });
  expect(list(world, staged)).not.toContain('device');
  expect(await sh(world, `stat -c %F ${home}/device`)).toBe('character special file\n');
});

test('an ordinary user, who can not read all of it', async ({ world }) => {
  await mountStage(world);
  const socket = '/var/guix/daemon-socket/socket';
  world.start(['guix-daemon', '--build-users-group=guixbuild', `--listen=${socket}`], {
    stdio: 'ignore',
  });
  await expect.poll(() => list(world, '/var/guix/daemon-socket')).toEqual(['socket']);
  await sh(
    world,
    `chmod 1777 /stage; mkdir -p /home/user/.cache/mine /home/user/.cache/closed; cd /home/user/.cache; echo 1 > mine/file; echo 2 > secret; echo 3 > of-root
     chown -R 1234:1234 /home/user; chown 0:0 secret of-root closed; chmod 600 secret; chmod 700 closed`,
  );
  const command = `cd ${staged}; echo 4 >> mine/file; echo 5 > mine/more; rm of-root`;
  const user = ['setpriv', '--reuid=1234', '--regid=1234', '--clear-groups'];
  const words = [
    ...user,
    'env',
    'HOME=/home/user',
    `XDG_CACHE_HOME=${staged}`,
    '/entry-point.sh',
    '--trace=off',
    'sh',
    '-euc',
    command,
  ];
  const outcome = await runIn(world, words);
  expect(outcome).toMatchObject({ status: 0, stdout: '' });
  expect(outcome.stderr.split('\n').toSorted()).toEqual([
    '',
    '+   closed: permission denied',
    '+   secret: permission denied',
    '+ Cache: not copied from /home/user/.cache:',
  ]);
  expect(await sh(world, 'cd /home/user/.cache; cat mine/* secret; stat -c %u:%a *')).toBe(
    '1\n4\n5\n2\n0:700\n1234:755\n0:600\n',
  );
});

test('what takes long is told, here because somebody else is at it', async ({ world }) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}; echo 1 > ${home}/file`);
  const holder = world.start(['flock', home, 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await expect.poll(() => listProcesses(world).map(({ command }) => command)).toContain('cat');
  const running = start(world, ['--substitutes=off', 'true'], { env });
  const way = `from ${home} to ${staged}`;
  await running.says(`+ Cache: looking for what changed, ${way}\n`);
  holder.stdin?.end();
  expect(await running.ended).toEqual({ status: 0, signal: null });
  expect(running.stderr()).toMatch(
    new RegExp(
      `, ${way}\n\\+ Cache: staged in 1 file, 1 KiB, ${way}, within \\d+\\.\\d s\n\\+ true\n$`,
    ),
  );
  expectNothingSurvives(world);
});

test('a signal is heard while a run waits for another one', async ({ world }) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}`);
  const holder = world.start(['flock', home, 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await expect.poll(() => listProcesses(world).map(({ command }) => command)).toContain('cat');
  const running = start(world, ['--substitutes=off', 'true'], { env });
  await running.says('+ Cache: looking for what changed, ');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  holder.stdin?.end();
  await expect.poll(() => listProcesses(world)).toEqual([]);
});

test('at a terminal what takes long is one line, which is gone in the end', async ({ world }) => {
  await mountStage(world);
  await sh(world, `mkdir -p ${home}; echo 1 > ${home}/file`);
  const holder = world.start(['flock', home, 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await expect.poll(() => listProcesses(world).map(({ command }) => command)).toContain('cat');
  const line = `exec ${entryPoint} --substitutes=off --trace=off true`;
  const terminal = openTerminal(world, line, { ...env, TERM: 'xterm' });
  await terminal.shows(`+ Cache: looking for what changed, from ${home} to ${staged}`);
  holder.stdin?.end();
  expect(await terminal.ended).toBe(0);
  const lines = terminal.screen().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/\+ Cache: staged in 1 file, 1 KiB, from .*, within \d+\.\d s$/);
});
