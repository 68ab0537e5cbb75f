import { breakWorld, expectHint, readHints } from '../support/hints.ts';
import { buildExpressions } from '../support/failures.ts';
import {
  entryPoint,
  expect,
  expectNothingSurvives,
  guixBuild,
  run,
  runIn,
  startIn,
  test,
} from '../support/real.ts';

// The machine lacks something, or has too much of it, and nobody says so to us.

const hello = guixBuild('hello.scm');
/** The sources of a package, which the daemon downloads; there is no network in a world. */
const source = ['guix', 'build', '--source', '-e', '(@ (gnu packages base) hello)'];
/** Stops where Git would begin. */
const fetchesByGit = ['sh', '-c', 'guix time-machine --url=/no/such -- describe'];
/** A build whose result is known beforehand: it may use the network, by itself. */
const downloading = buildExpressions(
  '(shell-build "fetched-1" "echo wget: could not resolve host; exit 1" #:hash (make-bytevector 32 0))',
).map((word) => word.replace('(shell-build)', '(shell-build) (rnrs bytevectors)'));

test('no network but loopback', async ({ world }) => {
  await expectHint(world, ['--substitutes=off', ...source], {
    meaning:
      "A build log says 'Temporary failure in name resolution'. There is no network here but loopback. This shows what is there:",
    command: 'ip address',
  });
});

test('a network on which nobody answers, a dead server and a proxy', async ({ world }) => {
  await breakWorld(world, 'busybox tunctl -t tap0 && busybox ifconfig tap0 198.51.100.1');
  const words = ['--substitute-urls=http://127.0.0.1:1', ...source];
  const said = 'Temporary failure in name resolution';
  await expectHint(world, words, {
    meaning: `A build log says '${said}', and a substitute server could not be used (http://127.0.0.1:1: connection refused). How each server is reached from here:`,
    command: 'guix-entry-point substitutes',
  });
  const env = { https_proxy: 'http://127.0.0.1:9' };
  const proxied = await run(world, ['--substitutes=off', ...source], { env });
  expect(readHints(proxied.stderr)).toEqual([
    {
      meaning: `A build log says '${said}'. https_proxy=http://127.0.0.1:9 counts for all of it. How each server is reached from here:`,
      command: 'guix-entry-point substitutes',
    },
  ]);
});

test('a download that a builder does, and no slirp4netns', async ({ world }) => {
  await expectHint(world, downloading, {
    meaning:
      'A build that downloads something itself comes to the network through slirp4netns, which is not there:',
    command: 'apt-get install slirp4netns',
  });
});

test('a download that a builder does, and no /dev/net/tun', async ({ world }) => {
  // The daemon opens it before it starts that program.
  await breakWorld(world, 'ln -s /bin/false /usr/bin/slirp4netns; mount -t tmpfs none /dev/net');
  await expectHint(world, downloading, {
    meaning:
      "A build that downloads something itself comes to the network through /dev/net/tun, which can't be opened (ENOENT). To make it, as root:",
    command: 'modprobe tun',
  });
});

test('a 32-bit Guix, and files that are numbered beyond', async ({ world }) => {
  const write = '/fixtures/programs/write-32-bit-program';
  // With xino, an overlay numbers the files of its lower file system in the upper bits.
  await breakWorld(
    world,
    `${write} guix-daemon /job/guix-daemon; ${write} stat /job/stat
    mkdir -p /a /b /root/.cache; mount -t tmpfs none /a; mount -t tmpfs none /b
    mkdir -p /a/guix/checkouts/pjmkglp4t7znuugeurpurzikxq3tnlaywmisyr27shj7apsnalwq /b/upper /b/work
    mount -t overlay -o xino=on,lowerdir=/a,upperdir=/b/upper,workdir=/b/work none /root/.cache`,
  );
  const checkouts = '/root/.cache/guix/checkouts';
  // EOVERFLOW: "Value too large for defined data type".
  expect(await runIn(world, ['/job/stat', checkouts])).toMatchObject({ status: 75 });
  expect(await runIn(world, ['/job/stat', '/tmp'])).toMatchObject({ status: 0 });
  const fails = fetchesByGit;
  const { stderr } = await run(world, ['--daemon-program=/job/guix-daemon', ...fails]);
  expect(readHints(stderr), stderr).toEqual([
    {
      meaning: expect.stringMatching(
        /^Guix is a 32-bit program here, and the inode number of \/root\/\.cache\/guix\/checkouts takes more than 32 bits: its Git fails there with 'Value too large for defined data type'\. In memory, files have small numbers:$/,
      ),
      command: 'XDG_CACHE_HOME=/dev/shm/cache guix-entry-point …',
    },
  ]);
  // The same with what it says, and with a 64-bit Guix.
  const env = { XDG_CACHE_HOME: '/dev/shm/cache' };
  const elsewhere = await run(world, ['--daemon-program=/job/guix-daemon', ...fails], { env });
  expect(readHints(elsewhere.stderr)).toEqual([]);
  expect(readHints((await run(world, fails)).stderr)).toEqual([]);
  // What has nothing to do with Git.
  const words = ['--daemon-program=/job/guix-daemon', 'guix', 'build', 'no-such-package'];
  expect(readHints((await run(world, words)).stderr)).toEqual([]);
  expectNothingSurvives(world);
});

test('a clock by which this program has not been built yet', async ({ world }) => {
  await breakWorld(world, 'cp /entry-point.sh /job/later; touch -d 2099-12-31 /job/later');
  const { stderr } = await runIn(world, ['/job/later', ...fetchesByGit]);
  expect(readHints(stderr), stderr).toEqual([
    {
      meaning: expect.stringMatching(
        /^The clock is wrong: it says 20\d\d-\d\d-\d\d, and guix-entry-point is of 2099-12-31\./,
      ),
      command: 'sudo timedatectl set-ntp true',
    },
  ]);
  // Where a download says so, too.
  const certificate = downloading.map((word) =>
    word.replace('wget: could not resolve host', 'The certificate is not yet activated.'),
  );
  const downloaded = await runIn(world, ['/job/later', ...certificate]);
  expect(readHints(downloaded.stderr), downloaded.stderr).toHaveLength(1);
  expect(downloaded.stderr).toContain('+ Hint: The clock is wrong');
});

test.for([
  ['may not isolate builds', '-sys_admin', 'guix build: error: clone: Operation not permitted\n'],
  ['may not build at all', '-setuid,-setgid', 'cannot kill processes for uid'],
] as const)(
  "a daemon that was there before, and %s: our own privileges don't count",
  async ([, without, said], { world }) => {
    const asLesserRoot = ['setpriv', `--bounding-set=${without}`, `--inh-caps=${without}`];
    const options = ['--build-users-group=guixbuild', '--no-substitutes'];
    const daemon = startIn(world, [...asLesserRoot, 'guix-daemon', ...options]);
    await breakWorld(world, 'until [ -S /var/guix/daemon-socket/socket ]; do :; done');
    // Nor what is mounted for us alone.
    const mounted =
      'mount --bind /var/log/guix /var/log/guix && mount -o remount,bind,ro /var/log/guix && exec "$@"';
    const alone = ['unshare', '--mount', '--propagation=private', 'sh', '-c', mounted, 'sh'];
    const outcome = await runIn(world, [...alone, ...asLesserRoot, entryPoint, ...hello]);
    process.kill(daemon.pid, 'SIGTERM');
    await daemon.ended;
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain(said);
    expect(readHints(outcome.stderr)).toEqual([]);
  },
);
