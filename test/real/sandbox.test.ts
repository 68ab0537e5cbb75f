import { writeFileSync } from 'node:fs';
import {
  entryPoint,
  expect,
  expectNothingSurvives,
  guixBuild,
  runIn,
  test,
} from '../support/real.ts';
import { filterOfMounts } from '../support/seccomp.ts';
import type { World } from '../../scripts/world.ts';
import type { Outcome } from '../../scripts/machine.ts';

const build = guixBuild('where.scm');
const isolated = /^the builder is process 1$/m;
const notIsolated = /^the builder is process \d\d+$/m;

/** What makes the world's store one of an ordinary user's daemon. */
const giveAway = [
  'useradd --system --user-group --home-dir /home/guix --create-home guix',
  'chown --recursive guix:guix /gnu /var/guix /var/log/guix',
].join('\n');
const asUser = [
  'setpriv',
  '--reuid=guix',
  '--regid=guix',
  '--init-groups',
  'env',
  'HOME=/home/guix',
];

/** Runs lines of shell as root, which must succeed. */
async function prepare(world: World, script: string): Promise<void> {
  expect(await runIn(world, ['sh', '-ec', script])).toMatchObject({ status: 0 });
}

function run(
  world: World,
  options: readonly string[],
  by: readonly string[] = [],
): Promise<Outcome> {
  return runIn(world, [...by, entryPoint, ...options, ...build]);
}

test('root builds in a sandbox', async ({ world }) => {
  const { status, stderr } = await run(world, []);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(isolated) });
  expect(stderr).not.toContain('isolated');
  expectNothingSurvives(world);
});

test.for([['--chroot=off'], ['--daemon-option=--disable-chroot']])(
  '%s: without one, and nobody needs to be told',
  async (options, { world }) => {
    const { status, stderr } = await run(world, options);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(notIsolated) });
    expect(stderr).not.toContain('isolated');
    expectNothingSurvives(world);
  },
);

test.for(['SYS_ADMIN', 'NET_ADMIN'])(
  'without CAP_%s root builds without one, and says what gives it back',
  async (capability, { world }) => {
    const by = ['setpriv', `--bounding-set=-${capability.toLowerCase()}`];
    const { status, stderr } = await run(world, [], by);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(notIsolated) });
    expect(stderr).toContain(`+ Builds are not isolated: root has no CAP_${capability} here. `);
    expect(stderr).toMatch(/^\+ {3}\S/m);
    expectNothingSurvives(world);
  },
);

test('--chroot=on: what stands in the way ends the run before it begins', async ({ world }) => {
  const by = ['setpriv', '--bounding-set=-sys_admin'];
  const { status, stdout, stderr } = await run(world, ['--chroot=on'], by);
  expect({ status, stdout }).toEqual({ status: 69, stdout: '' });
  expect(stderr).toMatch(
    /^\+ guix-entry-point: Builds can't be isolated, as --chroot=on demands: root has no CAP_SYS_ADMIN here\.\n\+ Hint: .*\n$/,
  );
  expectNothingSurvives(world);
});

test('in a plain chroot there is none', async ({ world }) => {
  const mounts = ['proc', 'dev', 'sys'].map((name) => `mount --rbind /${name} /tmp/root/${name}`);
  const script = [
    'mkdir /tmp/root /tmp/upper; mount -t tmpfs upper /tmp/upper; mkdir /tmp/upper/root',
    'cp -a /bin /etc /lib /lib64 /sbin /tmp/upper/root',
    'for d in usr gnu var fixtures job proc dev sys tmp root; do mkdir -p /tmp/upper/root/$d; done',
    'for d in usr gnu var fixtures; do mount --rbind /$d /tmp/upper/root/$d; done',
    ...mounts.map((line) => line.replace('/tmp/root', '/tmp/upper/root')),
    'cp /entry-point.sh /tmp/upper/root/entry-point.sh',
  ].join('\n');
  await prepare(world, script);
  const { status, stderr } = await run(world, [], ['chroot', '/tmp/upper/root']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(notIsolated) });
  expect(stderr).toContain('+ Builds are not isolated: / is no mount point. ');
});

test('a daemon that is asked for with and without a sandbox is an error', async ({ world }) => {
  const { status, stderr } = await run(world, ['--chroot=on', '--daemon-option=--disable-chroot']);
  expect({ status, stderr }).toEqual({
    status: 69,
    stderr: expect.stringContaining('demands: the daemon is given --disable-chroot, too.\n'),
  });
  expectNothingSurvives(world);
});

test.for([
  ['root, whose the store is not', [], []],
  ['--daemon-user', ['--daemon-user=guix'], []],
  ['its user', [], asUser],
  ['its user, by name', ['--daemon-user=guix'], asUser],
] as const)(
  'an ordinary user has a daemon with a sandbox: %s',
  async ([, options, by], { world }) => {
    await prepare(world, giveAway);
    const { status, stderr } = await run(world, ['--chroot=on', '-v', ...options], by);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(isolated) });
    expect(stderr).not.toContain('--build-users-group');
    const others = await runIn(world, [
      'find',
      '/gnu',
      '/var/guix',
      '!',
      '-user',
      'guix',
      '!',
      '-path',
      '*/per-user/root',
    ]);
    expect(others.stdout).toBe('');
    expectNothingSurvives(world);
  },
);

test('an ordinary user without name spaces builds without a sandbox', async ({ world }) => {
  await prepare(world, giveAway);
  // In a user name space of its own the limit is its own, too.
  const limit = 'echo 1 >/proc/sys/user/max_user_namespaces; exec "$@"';
  const map = ['--map-users=0:0:65536', '--map-groups=0:0:65536'];
  const by = ['unshare', '--user', ...map, 'sh', '-ec', limit, 'sh'];
  const { status, stderr } = await run(world, ['--daemon-user=guix'], by);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(notIsolated) });
  expect(stderr).toContain(
    '+ Builds are not isolated: an ordinary user can make no name spaces here',
  );
  expectNothingSurvives(world);
});

test('a /proc of which parts are hidden: the daemon gets a fresh one from root', async ({
  world,
}) => {
  await prepare(world, `${giveAway}\nmount -t tmpfs mask /proc/bus`);
  const { status, stderr } = await run(world, ['-v', '--daemon-user=guix']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(isolated) });
  expect(stderr).toContain(
    '+ guix-daemon: it gets a /proc of its own, of which nothing is hidden\n',
  );
  // What is hidden from the command stays so.
  expect((await runIn(world, ['cat', '/proc/mounts'])).stdout).toContain('mask /proc/bus ');
  expectNothingSurvives(world);
});

test('a /proc of which parts are hidden: an ordinary user is told', async ({ world }) => {
  await prepare(world, `${giveAway}\nmount -t tmpfs mask /proc/bus`);
  const { status, stderr } = await run(world, [], asUser);
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(notIsolated) });
  expect(stderr).toContain('+ Builds are not isolated: parts of /proc are hidden (/proc/bus). ');
  expectNothingSurvives(world);
});

// There is no AppArmor here. What stands in for it says so of itself where AppArmor would, and refuses
// the mounts of a real daemon.
test.for([
  ['root', [], []],
  ['an ordinary user', ['--reuid=guix', '--regid=guix', '--init-groups'], ['HOME=/home/guix']],
] as const)(
  'AppArmor, whose profile forbids mounts: %s is told',
  async ([, user, home], { world }) => {
    if (user.length > 0) await prepare(world, giveAway);
    await prepare(world, "echo 'docker-default (enforce)' >/confinement; touch /.dockerenv");
    writeFileSync(world.at('/filter'), filterOfMounts());
    const confine = 'mount --bind /confinement /proc/$$/attr/current; exec "$@"';
    const filter = ['setpriv', ...user, '--no-new-privs', '--seccomp-filter=/filter'];
    const by = ['sh', '-ec', confine, 'sh', ...filter, 'env', ...home];
    const { status, stderr } = await run(world, [], by);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(notIsolated) });
    expect(stderr).toContain(
      "+ Builds are not isolated: AppArmor's profile docker-default forbids mounts. A build has mounts of its own. Have them allowed where the container is started:\n+   docker run --security-opt=apparmor=unconfined …\n",
    );
    const doctor = await runIn(world, [...by, entryPoint, 'doctor', 'sandbox']);
    expect(doctor.stdout).toContain("builds can't be isolated: AppArmor's profile docker-default");
    // What else is wanted goes with it.
    const less = /docker run .*systempaths=unconfined.*/.exec(doctor.stdout)?.[0];
    if (user.length === 0) expect(less).toContain(' --security-opt=apparmor=unconfined ');
    expectNothingSurvives(world);
  },
);

test.for([
  [
    'nobody',
    ['--daemon-user=nobody-here'],
    [],
    "Cannot run the daemon as 'nobody-here': there is no such user.",
  ],
  [
    'somebody else',
    ['--daemon-user=guix'],
    ['setpriv', '--reuid=nobody', '--clear-groups'],
    "Cannot run the daemon as 'guix': only root can run it as somebody else.",
  ],
  [
    'no owner',
    ['--daemon-user=nobody'],
    [],
    "Cannot start a daemon that isn't root: /gnu/store and /var/guix and /var/log/guix and /var/guix/daemon-socket are not owned by nobody.",
  ],
] as const)('%s as the daemon’s user is an error', async ([, options, by, headline], { world }) => {
  await prepare(world, `${giveAway}\nmkdir -p /var/guix/daemon-socket`);
  const { status, stdout, stderr } = await run(world, options, by);
  expect({ status, stdout }).toEqual({ status: 69, stdout: '' });
  expect(stderr).toMatch(/^.*\n\+ Hint: .*\n$/);
  expect(stderr).toContain(`+ guix-entry-point: ${headline}\n`);
  expectNothingSurvives(world);
});
