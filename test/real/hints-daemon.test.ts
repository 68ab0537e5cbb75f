import { breakWorld, expectHint, expectMended, readHints } from '../support/hints.ts';
import { entryPoint, expect, guixBuild, run, runIn, test } from '../support/real.ts';

// The daemon doesn't start, or refuses to work. Where what is told to type can be typed inside of the
// world, it is, and mends it.

const hello = guixBuild('hello.scm');
const newUsers = `for user in ${Array.from({ length: 10 }, (_, index) => `guixbuilder${String(index + 1).padStart(2, '0')}`).join(' ')}; do useradd --system --gid guixbuild --groups guixbuild --home-dir /var/empty --shell /usr/sbin/nologin $user; done`;

const mendable = [
  {
    name: 'no group of build users, and none of its users',
    fault:
      'sed -i /^guixbuilder/d /etc/passwd; sed -i /^guixbuild/d /etc/group /etc/gshadow /etc/shadow',
    meaning:
      "Builds run as users of the group 'guixbuild', and there is no such group. To make it, with users (in a Dockerfile, behind RUN):",
    command: `groupadd --system guixbuild && ${newUsers}`,
  },
  {
    name: 'a store on a read-only file system',
    fault:
      'mkdir /ro; mount -t tmpfs none /ro; cp -a /gnu/store /ro; mount -o remount,ro /ro; mount --bind /ro /gnu',
    meaning:
      'The daemon writes to /gnu/store, and /gnu is mounted read-only. To make it writable, unless somebody meant it so:',
    command: 'mount --options remount,rw /gnu',
  },
  {
    name: 'a read-only /var/guix, for which the daemon makes no socket',
    fault:
      '/entry-point.sh true; mount --bind /var/guix /var/guix; mount -o remount,bind,ro /var/guix',
    meaning:
      'The daemon writes to /var/guix/daemon-socket/socket, and /var/guix is mounted read-only. To make it writable, unless somebody meant it so:',
    command: 'mount --options remount,bind,rw /var/guix',
  },
  {
    name: 'a read-only /var/guix, in which we make no directory',
    fault:
      'mkdir -p /var/guix; mount --bind /var/guix /var/guix; mount -o remount,bind,ro /var/guix',
    meaning:
      'The daemon writes to /var/guix/daemon-socket, and /var/guix is mounted read-only. To make it writable, unless somebody meant it so:',
    command: 'mount --options remount,bind,rw /var/guix',
  },
  ...[
    'printf nonsense >/var/guix/db/schema',
    'head -c 20000 /dev/urandom >/var/guix/db/db.sqlite',
  ].map((fault) => ({
    name: `a broken database: ${fault}`,
    fault: `/entry-point.sh true; ${fault}`,
    meaning:
      'The database of the store is broken, as by a copy that was cut short. Take the image or the volume anew; or begin with an empty one, to which everything in the store is unknown until it is built or fetched again:',
    command: 'mv /var/guix/db /var/guix/db.broken',
  })),
] as const;

test.for(mendable)('$name', async ({ fault, ...hint }, { world }) => {
  await breakWorld(world, fault);
  await expectHint(world, hello, { meaning: hint.meaning, command: hint.command });
  await expectMended(world, hello, hint.command);
});

test.for([
  {
    name: 'no room for a database: SQLite says so',
    fault: 'mkdir -p /var/guix; mount -t tmpfs -o size=64k none /var/guix',
    meaning:
      "'database or disk is full': /var/guix, which holds the store's database, has 0 bytes free of 64.0 KiB. This shows what takes it:",
  },
  {
    name: 'no room beside a database: SQLite says something else',
    fault:
      'mkdir -p /var/guix; mount -t tmpfs -o size=9m none /var/guix; /entry-point.sh true; dd if=/dev/zero of=/var/guix/fill bs=4k || true',
    meaning:
      "/var/guix, which holds the store's database, has 0 bytes free of 9.0 MiB. This shows what takes it:",
  },
  {
    name: 'no inodes beside a database',
    fault: 'mkdir -p /var/guix; mount -t tmpfs -o nr_inodes=6,size=1g none /var/guix',
    meaning:
      "'No space left on device': /var/guix, which holds the store's database, has no room for more files (inodes left: 1). This shows what takes it:",
  },
])('$name', async ({ fault, meaning }, { world }) => {
  await breakWorld(world, fault);
  await expectHint(world, ['true'], { meaning, command: 'du -xh /var/guix | sort -h | tail' });
});

test('a store that a newer Guix has used', async ({ world }) => {
  await breakWorld(world, '/entry-point.sh true; printf 99 >/var/guix/db/schema');
  await expectHint(world, ['true'], {
    meaning:
      "The store was last used by a newer Guix (its database has the schema 99, this daemon's is 7). Take the daemon of that Guix:",
    command:
      'guix-entry-point --daemon-program=/var/guix/profiles/per-user/root/current-guix/bin/guix-daemon …',
  });
});

test("an ordinary user, and a store that is root's", async ({ world }) => {
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const outcome = await runIn(world, [...user, entryPoint, 'true']);
  expect(outcome).toEqual({
    status: 69,
    signal: null,
    stdout: '',
    stderr: `+ guix-entry-point: Cannot make the directory /var/guix/daemon-socket for the daemon's socket: permission denied.
+ Hint: A daemon with build users is started by root, and we are an ordinary user. Run the same command as root, or use a daemon that runs:
+   sudo guix-entry-point …
`,
  });
});

test('JSON has it as a field of the failure, and in words', async ({ world }) => {
  await breakWorld(world, '/entry-point.sh true; printf nonsense >/var/guix/db/schema');
  const { stderr } = await run(world, ['--json', 'true']);
  expect(JSON.parse(stderr)).toMatchObject({
    event: 'failure',
    failure: {
      kind: 'daemon-refused',
      advice: { rule: 'database', command: 'mv /var/guix/db /var/guix/db.broken' },
    },
    message: [
      expect.any(String),
      expect.stringMatching(/^Hint: The database/),
      '  mv /var/guix/db /var/guix/db.broken',
    ],
  });
});

test('no capability at all: builds can not work, with a sandbox or without', async ({ world }) => {
  const asNobody = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
  for (const words of [[], ['--chroot=off']]) {
    const { stderr } = await runIn(world, [...asNobody, entryPoint, ...words, ...hello]);
    expect(readHints(stderr), stderr).toEqual([
      {
        meaning:
          "Builds can't work here: root has no CAP_CHOWN here. Builds run as users of their own, to whom root hands their files with it. Whoever started this process decides that, and builds don't work so, isolated or not. This shows what it may do:",
        command: "grep --extended-regexp '^(CapEff|Seccomp):' /proc/self/status",
      },
    ]);
  }
});

const readOnly = (point: string): string =>
  `mount --bind "${point}" "${point}"; mount -o remount,bind,ro "${point}"`;

test.for([
  ['a mount', readOnly('/var/guix'), '--volume=NAME:/var/guix'],
  [
    'a mount inside',
    `/entry-point.sh true; ${readOnly('/var/guix/daemon-socket')}`,
    '--volume=NAME:/var/guix/daemon-socket',
  ],
  ['all of it', 'mount -o remount,bind,ro /', '--volume=NAME:/var/guix'],
] as const)('%s is read-only in a container: the volume', async ([, fault, volume], { world }) => {
  await breakWorld(world, `mkdir -p /var/guix; touch /.dockerenv; ${fault}`);
  const asLesserRoot = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];
  const { stderr } = await runIn(world, [...asLesserRoot, entryPoint, ...hello]);
  expect(
    readHints(stderr).map(({ command }) => command),
    stderr,
  ).toEqual([`docker run ${volume} …`]);
});

test('a path is written as a shell takes it', async ({ world }) => {
  const state = "/var/root's state";
  const env = { GUIX_STATE_DIRECTORY: state, GUIX_DATABASE_DIRECTORY: `${state}/db` };
  await breakWorld(world, `mkdir "${state}"`);
  await runIn(world, [entryPoint, 'true'], { env });
  await breakWorld(world, `printf nonsense >"${state}/db/schema"`);
  const { stderr } = await runIn(world, [entryPoint, 'true'], { env });
  const [hint] = readHints(stderr);
  expect(hint?.command, stderr).toBe(
    String.raw`mv '/var/root'\''s state/db' '/var/root'\''s state/db.broken'`,
  );
  await breakWorld(world, hint?.command ?? '');
  expect(await runIn(world, [entryPoint, 'true'], { env })).toMatchObject({ status: 0 });
  // Of the mount, too.
  await breakWorld(world, readOnly(state));
  const mounted = await runIn(world, [entryPoint, 'true'], { env });
  expect(readHints(mounted.stderr)[0]?.command, mounted.stderr).toBe(
    String.raw`mount --options remount,bind,rw '/var/root'\''s state'`,
  );
});
