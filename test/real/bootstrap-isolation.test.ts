// What a build sees of the machine.
import { mkdirSync } from 'node:fs';
import { bootstrap, define, scripted, seed, shell, test } from '../support/bootstrap-world.ts';
import { expect, list, listProcesses, runIn } from '../support/real.ts';

/** A directory for PATH with which no name spaces can be had, and a chroot can. */
const chrootAlone = 'mkdir bin; for name in setpriv sh cp perl; do ln -s $(which $name) bin/; done';

/** What a script of the seed prints when it is built. */
const look = (script: string): string =>
  `${seed}${scripted('look', `mkdir $out; exec >$out/seen; ${script}`)}`;

test('environment, files, users, processes and network of a build', async ({ world }) => {
  const script = `env | sort; pwd; umask; date +%Z; id -un; hostname; cat /proc/self/cgroup >/dev/null
for d in / /bin /dev /etc; do echo $d: $(ls $d); done
echo /store0: $(ls /store0 | sed 's/^[^-]*-//' | sort)
tail -n +3 /proc/net/dev; [ $$ -gt 1 ]; echo $?
for f in $(which sh) /store0/*seed*/x; do echo x 2>/dev/null >$f || echo no; done
chmod +w $(realpath $(which sh)) 2>/dev/null || echo no
mknod n b 1 1 2>/dev/null || echo no; mount -t tmpfs x /tmp 2>/dev/null || echo no`;
  define(world, look(script));
  const { status, stderr } = await bootstrap(world, [], { env: { SECRET: '1', LD_PRELOAD: '' } });
  expect(stderr).toContain('look-1: built');
  expect(status).toBe(0);
  const seen = await shell(world, 'cat store0/*-look-1/seen');
  const seedItem = list(world, '/job/store0').find((name) => name.endsWith('-seed-1'));
  const lookItem = list(world, '/job/store0').find((name) => name.endsWith('-look-1'));
  expect(seen.replaceAll(`${seedItem}`, 'SEED').replaceAll(`${lookItem}`, 'LOOK'))
    .toBe(`HOME=/homeless-shelter
LC_ALL=C
NIX_BUILD_TOP=/tmp/guix-build-look-1.drv-0
NIX_STORE=/store0
PATH=/store0/SEED/bin
PWD=/tmp/guix-build-look-1.drv-0
SHLVL=1
SOURCE_DATE_EPOCH=1
TMPDIR=/tmp/guix-build-look-1.drv-0
TZ=UTC0
out=/store0/LOOK
/tmp/guix-build-look-1.drv-0
0022
UTC
nixbld
localhost
/: bin dev etc host-tools proc store0 tmp
/bin: sh
/dev: fd full null random shm stderr stdin stdout urandom zero
/etc: group hosts passwd
/store0: look-1 seed-1
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
0
no
no
no
no
no
`);
});

/** Tells who answers on a port, after having put a server on it; with one there already, that would fail. */
const serve = (answer: string): string =>
  `echo ${answer} >who; httpd -p 127.0.0.1:8080; wget -qO- http://127.0.0.1:8080/who`;

test('a build has 127.0.0.1 for itself', async ({ world }) => {
  const onMachine = serve('the machine').replaceAll(/httpd|wget/g, 'busybox $&');
  expect(await shell(world, onMachine)).toBe('the machine\n');
  define(world, look(`! wget -qO- http://127.0.0.1:8080/who; ${serve('the build')}`));
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  expect(await shell(world, 'cat store0/*-look-1/seen')).toBe('the build\n');
});

test('a store on a mount with options that a user can’t take away', async ({ world }) => {
  define(world, look('head -c 3 $(which sh)'));
  await shell(world, 'mkdir store0; mount -t tmpfs -o nosuid,nodev,noatime store0 store0');
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  await shell(world, 'rm -r store0/*');
  const asUser = 'setpriv --reuid=1000 --regid=1000 --clear-groups';
  await shell(world, `chown -R 1000 . && ${asUser} guix-entry-point bootstrap bootstrap0.scm`);
});

test('root’s builds, too, change nothing of the machine by what is mounted', async ({ world }) => {
  const script = `exec >$out; for file in /proc/sys/vm/swappiness /usr/local/lib/x; do
  { cat /proc/sys/vm/swappiness >$file; } 2>/dev/null || echo no
done
chmod 666 /dev/full 2>/dev/null || echo no`;
  define(world, scripted('look', script).replace('(inputs (list seed))', ''));
  // A mount that another one hides is nobody's.
  const hidden = 'mkdir -p /usr/local/q/y; mount -t tmpfs x /usr/local/q/y';
  await shell(world, `${hidden}; mount -t tmpfs x /usr/local/q`);
  // The store is found by a link, and a part of the machine is a mount of its own.
  const place =
    'mkdir "/job/real store"; ln -s "real store" store0; mount -t tmpfs x /usr/local/lib';
  await shell(world, place);
  expect(await bootstrap(world, ['--host-tools=sh,cat,chmod'])).toMatchObject({ status: 0 });
  expect(await shell(world, 'cat store0/*-look-1; ls /usr/local/lib')).toBe('no\nno\nno\n');
});

test.for(['my 2026', 'a\n1', 'a\t7', '%s \\040', "it's"])(
  'in a directory %j, too, what is mounted is read-only',
  async (directory, { world }) => {
    const script =
      'echo x >/usr/made || cat /proc/sys/vm/swappiness >/proc/sys/vm/swappiness || touch $out';
    const text = scripted('look', script).replace('(inputs (list seed))', '');
    define(world, text.replace('-ec', '-c'));
    mkdirSync(world.at(`/job/${directory}`));
    const words = [
      '/entry-point.sh',
      'bootstrap',
      '/job/bootstrap0.scm',
      '--host-tools=sh,touch,cat',
    ];
    expect(await runIn(world, words, { cwd: `/job/${directory}` })).toMatchObject({ status: 0 });
    expect(list(world, '/usr')).not.toContain('made');
  },
);

test('host tools are lent by their names, and that is said', async ({ world }) => {
  const script =
    'ls /host-tools >$out; echo /host-tools/sh >>$out; gcc --version >/dev/null; ! make --version';
  define(world, scripted('look', script).replace('(inputs (list seed))', ''));
  const { status, stdout, stderr } = await bootstrap(world, [
    '--host-tools=gcc,sh',
    '--host-tools=ls',
  ]);
  expect({ status, stderr }).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(
      /^\+ The machine lends builds gcc, sh, ls\n[^]*\+ look-1: it names programs of the machine by \/host-tools, /,
    ),
  });
  expect(stdout).toMatch(/-look-1 {2}gcc,sh,ls\n$/);
  expect(await shell(world, 'cat store0/*-look-1')).toBe('gcc\nls\nsh\n/host-tools/sh\n');
  // What has been built once is there, with whatever help.
  expect((await bootstrap(world)).stdout).toBe(stdout);
});

test('what a build leaves running is ended', async ({ world }) => {
  define(world, `${seed}${scripted('look', 'mkdir $out; setsid sleep 1000 & sleep 1000 &')}`);
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  expect(listProcesses(world)).toEqual([]);
});

test('where name spaces can’t be had, builds are not isolated, and that is told', async ({
  world,
}) => {
  define(world, look('echo $out; pwd; setsid sleep 1000 & sleep 1000 &'));
  const outcome = await bootstrap(world, ['--rounds=2'], { env: { PATH: '/nowhere' } });
  expect(outcome).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(
      /^\+ Builds are not isolated: one of setpriv, .* is not on PATH\. .*:\n\+ {3}apt-get install util-linux .*\n/,
    ),
  });
  expect(listProcesses(world)).toEqual([]);
  const item = list(world, '/job/store0').find((name) => name.endsWith('-look-1'));
  expect(await shell(world, 'cat store0/*-look-1/seen')).toBe(
    `/job/store0/${item}\n/job/store0/.build/room/guix-build-look-1.drv-0\n`,
  );
  // What is made in another place is another output.
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  expect(list(world, '/job/store0').filter((name) => name.endsWith('-look-1'))).toHaveLength(2);
  expect(outcome.stdout).toContain(`./store0/${item}`);
});

test('the packages that are named for it have the tools that are', async ({ world }) => {
  define(world, look('true'));
  const { stderr } = await bootstrap(world, [], { env: { PATH: '/nowhere' } });
  const [, tools = '', packages = ''] =
    /one of (.*) is not on PATH\. .*\n.*apt-get install (.*)\n/.exec(stderr) ?? [];
  const files = tools.split(', ').map((tool) => `/usr/bin/${tool}`);
  const owners = await shell(world, `dpkg -S ${files.join(' ')} | sed 's/:.*//' | sort -u`);
  expect(packages.split(' ').toSorted()).toEqual(owners.trimEnd().split('\n'));
});

test('where only a chroot can be had, it comes to the same', async ({ world }) => {
  const script = 'ls / /store0 /dev | sort; pwd; echo x >/dev/null; [ -c /dev/null ]; sleep 1000 &';
  define(world, look(`${script} ln -s $(which sh) $out/sh`));
  const [status, isolated] = [0, await bootstrap(world, ['--rounds=2'])];
  expect(isolated).toMatchObject({ status });
  await shell(world, `mv store0 other; ${chrootAlone}`);
  const env = { PATH: '/job/bin' };
  const { stdout, stderr } = await bootstrap(world, ['--rounds=2', '--pack=pack.tgz'], { env });
  expect(stderr).toMatch(
    /^\+ Builds have a root directory of their own, and no name spaces: one of .* is not on PATH\. .*:\n\+ {3}apt-get install util-linux .*\n/,
  );
  expect(stdout).toBe(isolated.stdout);
  expect(listProcesses(world)).toEqual([]);
  expect(await shell(world, 'grep -c \'"isolation": "chroot"\' store0/manifest.json')).toBe('2\n');
});

test('a link that a build has made leads nowhere out of it', async ({ world }) => {
  const builder = `(begin
    (let ((out (assoc-ref %outputs "out")) (bin (string-append (assoc-ref %build-inputs "seed") "/bin")))
      (mkdir out)
      (invoke (string-append bin "/sh") "-c" "ln -s / $out/root; ln -s ../../../../../.. $out/up")
      (mkdir (string-append out "/root/made"))
      (copy-file (string-append bin "/busybox") (string-append out "/up/made/copied"))
      (symlink "/made" (string-append out "/made"))))`;
  define(
    world,
    `${seed}(define-public look (package (name "look") (version "1") (inputs (list seed))
      (build-system trivial-build-system) (arguments '(#:builder ${builder}))))`,
  );
  expect(await bootstrap(world, ['--keep-failed'])).toMatchObject({ status: 0 });
  expect(list(world, '/')).not.toContain('made');
});

test.for(['/usr/bin:/bin', '/job/bin'])(
  'our own procedures don’t change an input either (PATH=%s)',
  async (path, { world }) => {
    await shell(world, chrootAlone);
    const file = '(string-append (assoc-ref %build-inputs "seed") "/bin/busybox")';
    define(
      world,
      `${seed}(define-public look (package (name "look") (version "1") (inputs (list seed))
      (build-system trivial-build-system) (arguments '(#:builder (chmod ${file} #o777)))))`,
    );
    const { status, stderr } = await bootstrap(world, [], { env: { PATH: path } });
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/busybox is not the build's own: it can't be changed\.\n/),
    });
  },
);
