import { asUser } from '../support/doctor.ts';
import { breakWorld, expectHint, expectMended, readHints } from '../support/hints.ts';
import { daemon, entryPoint, expect, runIn, test } from '../support/real.ts';

// A run fails under Nix. What a build failed by only its client hears: these hints come from the daemon's
// own words, and from the machine as it is by then. What can be typed in the world is, and mends it.

const hello = ['--substitutes=off', ...daemon.build('hello')];
const names = Array.from({ length: 10 }, (_, index) => `nixbld${index + 1}`).join(' ');
const nowhere = '--home-dir /var/empty --shell /usr/sbin/nologin';
const newUsers = `for user in ${names}; do useradd --system --gid nixbld --groups nixbld ${nowhere} $user; done`;

const mendable = [
  {
    name: 'no group of build users, and none of its users',
    fault: 'sed -i /^nixbld/d /etc/passwd /etc/group /etc/shadow /etc/gshadow',
    meaning:
      "Builds run as users of the group 'nixbld', and there is no such group. To make it, with users (in a Dockerfile, behind RUN):",
    command: `groupadd --system nixbld && ${newUsers}`,
  },
  {
    name: 'a group of build users without members',
    fault: 'sed -i "s/^\\(nixbld:.*:\\).*/\\1/" /etc/group',
    meaning:
      "Builds run as users of the group 'nixbld', and it has no members. To give it some (in a Dockerfile, behind RUN):",
    command: `for user in ${names}; do usermod --append --groups nixbld $user; done`,
  },
  {
    name: 'a read-only state directory',
    fault: `${entryPoint} true; mount --bind /nix/var/nix /nix/var/nix; mount -o remount,bind,ro /nix/var/nix`,
    meaning: expect.stringMatching(
      /^The daemon writes to \/nix\/var\/nix\S*, (which|and \/nix\/var\/nix) is mounted read-only\./,
    ),
    command: 'mount --options remount,bind,rw /nix/var/nix',
  },
  {
    name: 'a broken database',
    fault: `${entryPoint} true; printf nonsense >/nix/var/nix/db/schema`,
    meaning: expect.stringMatching(/^The database of the store is broken/),
    command: 'mv /nix/var/nix/db /nix/var/nix/db.broken',
  },
] as const;

test.for(mendable)('$name', async ({ fault, meaning, command }, { world }) => {
  await breakWorld(world, fault);
  await expectHint(world, hello, { meaning, command });
  await expectMended(world, hello, command);
});

test('a store that a newer Nix has used', async ({ world }) => {
  await breakWorld(world, `${entryPoint} true; printf 99 >/nix/var/nix/db/schema`);
  await expectHint(world, ['true'], {
    meaning:
      "The store was last used by a newer Nix (its database has the schema 99, this daemon's is 10). Take the daemon of that Nix:",
    command: 'guix-entry-point --daemon-program=/nix/var/nix/profiles/default/bin/nix-daemon …',
  });
});

test('no room in the store', async ({ world }) => {
  await breakWorld(
    world,
    `${entryPoint} true; mount -t tmpfs -o size=9m none /nix/store; chgrp nixbld /nix/store; chmod 1775 /nix/store; dd if=/dev/zero of=/nix/store/fill bs=64k || true`,
  );
  await expectHint(world, hello, {
    meaning: expect.stringMatching(/\/nix\/store, the store, has 0 bytes free of 9\.0 MiB\. /),
    command: 'guix-entry-point nix-collect-garbage',
  });
});

const hidden =
  'mount --bind /dev/null /proc/interrupts; exec setpriv --bounding-set=-sys_admin "$@"';
const asContained = ['unshare', '--mount', 'sh', '-ec', hidden, 'sh', entryPoint];

test('sandbox-fallback = false, where no build can be isolated', async ({ world }) => {
  await breakWorld(
    world,
    "printf 'sandbox = true\\nsandbox-fallback = false\\n' >/etc/nix/nix.conf",
  );
  const { status, stderr } = await runIn(world, [...asContained, ...hello]);
  expect(status).toBe(1);
  expect(readHints(stderr), stderr).toEqual([
    {
      meaning:
        "The daemon can't isolate builds, and by 'sandbox-fallback = false' it makes no others: parts of /proc are hidden (/proc/interrupts). A build has a /proc of its own, and the kernel mounts none beside such a one. Whoever started this process took it away. To go on without:",
      command: 'guix-entry-point --chroot=off …',
    },
  ]);
  const open = await runIn(world, [...asContained, '--chroot=off', ...hello]);
  expect(open, open.stderr).toMatchObject({ status: 0 });
});

test('in a Docker container, the options that show all of /proc', async ({ world }) => {
  await breakWorld(
    world,
    "touch /.dockerenv; printf 'sandbox = true\\nsandbox-fallback = false\\n' >/etc/nix/nix.conf",
  );
  const { stderr } = await runIn(world, [...asContained, ...hello]);
  expect(readHints(stderr), stderr).toMatchObject([
    { command: expect.stringContaining('--security-opt=systempaths=unconfined') },
  ]);
});

test('where the settings do not insist, builds go on, and that is said', async ({ world }) => {
  await breakWorld(world, 'echo sandbox = true >/etc/nix/nix.conf');
  const { status, stderr } = await runIn(world, [...asContained, ...hello]);
  expect(status, stderr).toBe(0);
  expect(stderr).toContain('parts of /proc are hidden (/proc/interrupts)');
  expect(readHints(stderr)).toEqual([]);
});

test('an ordinary user who is not in the group whose members may use the daemon', async ({
  world,
}) => {
  const { status, stderr } = await runIn(world, [...asUser, entryPoint, 'true']);
  expect(status).toBe(69);
  expect(stderr).toContain('/nix/var/nix/daemon-socket/socket: permission denied.');
});

test('a build that fails by itself has no hint', async ({ world }) => {
  const words = ['--substitutes=off', ...daemon.build('broken')];
  const { status, stderr } = await runIn(world, [entryPoint, ...words]);
  expect(status).not.toBe(0);
  expect(stderr).toContain('First error');
  expect(readHints(stderr)).toEqual([]);
});
