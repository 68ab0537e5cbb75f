// What the doctor finds of the kernel, in states that really have the fault; where the real daemon or
// the kernel can tell whether it is one, they are asked, too.
import { writeFileSync } from 'node:fs';
import { examine, fine, prepare } from '../support/doctor.ts';
import { expect, guixBuild, run, runIn, test } from '../support/real.ts';
import { filterOf } from '../support/seccomp.ts';

const kernelChecks = ['emulation', 'namespaces', 'capabilities', 'seccomp', 'proc'];

test('a machine that keeps nothing from the daemon', async ({ world }) => {
  expect(await examine(world, kernelChecks)).toEqual({
    status: 0,
    findings: [
      fine(
        'emulation',
        `programs run as they are, on ${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`,
      ),
      fine(
        'namespaces',
        'the kernel has the name spaces of isolated builds: mnt, pid, net, ipc, uts',
      ),
      fine('capabilities', 'root has the capabilities that guix-daemon needs'),
      fine('seccomp', 'no system call is filtered'),
      fine('proc', 'nothing of /proc is hidden'),
    ],
  });
});

const without = (...names: readonly string[]): readonly string[] => [
  'setpriv',
  `--bounding-set=${names.map((name) => `-${name}`).join(',')}`,
];

const forBuilds = ['chown', 'dac_override', 'fowner', 'setgid', 'setuid'];

test.for(forBuilds.flatMap((name) => [`${name} on`, `${name} off`]))(
  'root without a capability is told, and can’t build: %s',
  async (given, { world }) => {
    const [name = '', way = ''] = given.split(' ');
    const by = without(name);
    const { status, findings } = await examine(world, ['capabilities'], { by });
    const text = `root has no CAP_${name.toUpperCase()}`;
    expect({ status, findings }).toMatchObject({
      status: 1,
      findings: [{ state: 'broken', text }],
    });
    const words = ['/entry-point.sh', `--chroot=${way}`, ...guixBuild('private.scm')];
    expect(await runIn(world, [...by, ...words])).toMatchObject({ status: 1, stdout: '' });
  },
);

test('what the doctor doesn’t ask for, the daemon doesn’t need', async ({ world }) => {
  const by = without('kill', 'net_raw', 'mknod', 'setpcap', 'setfcap', 'sys_ptrace', 'fsetid');
  expect(await examine(world, ['capabilities'], { by })).toMatchObject({ status: 0 });
  const words = ['/entry-point.sh', '--chroot=on', ...guixBuild('private.scm')];
  expect(await runIn(world, [...by, ...words])).toMatchObject({ status: 0 });
});

test('root without what isolates builds', async ({ world }) => {
  const by = without('sys_admin', 'net_admin', 'sys_chroot');
  const text = 'root has no CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_SYS_CHROOT';
  const { status, findings } = await examine(world, ['capabilities'], { by });
  expect({ status, findings }).toMatchObject({ status: 0, findings: [{ state: 'odd', text }] });
  expect(findings[0]?.command).toBe('guix-entry-point --chroot=off …');
  const meant = ['capabilities', '--chroot=off'];
  expect(await examine(world, meant, { by })).toMatchObject({ findings: [{ state: 'fine' }] });
});

test('an ordinary user needs no capabilities', async ({ world }) => {
  const by = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'];
  expect(await examine(world, ['capabilities'], { by })).toEqual({ status: 0, findings: [] });
});

const calls = {
  ...{ clone: 'odd', chroot: 'odd', unshare: 'odd', mount: 'odd', umount2: 'odd' },
  ...{ pivot_root: 'odd', sethostname: 'odd', setdomainname: 'odd', personality: 'broken' },
};

test.for(Object.entries(calls))('a filter that forbids %s', async ([call, state], { world }) => {
  writeFileSync(world.at('/filter'), filterOf(call));
  const by = ['setpriv', '--seccomp-filter=/filter'];
  const { status, findings } = await examine(world, ['seccomp'], { by });
  const text = `a filter of system calls (seccomp) forbids ${call}`;
  expect(findings).toMatchObject([{ state, text, command: expect.any(String) }]);
  expect(status).toBe(state === 'broken' ? 1 : 0);
});

test('a filter that forbids what nobody needs', async ({ world }) => {
  writeFileSync(world.at('/filter'), filterOf('reboot'));
  const by = ['setpriv', '--seccomp-filter=/filter'];
  const text = 'the filter of system calls lets guix-daemon work';
  expect(await examine(world, ['seccomp'], { by })).toEqual({
    status: 0,
    findings: [fine('seccomp', text)],
  });
});

/** Runs a command as root of a user name space of its own, where a sysctl is set. */
const limited = (name: string, value: number): readonly string[] => [
  ...['unshare', '--user', '--map-root-user', 'sh', '-ec'],
  ...[`echo ${value} >/proc/sys/user/${name}; exec "$@"`, 'sh'],
];

test.for(['mnt', 'pid', 'net', 'ipc', 'uts'])(
  'a machine that allows no %s name spaces',
  async (name, { world }) => {
    const sysctl = `max_${name}_namespaces`;
    const by = limited(sysctl, 0);
    const { findings } = await examine(world, ['namespaces'], { by });
    expect(findings).toMatchObject([{ state: 'odd', text: `user.${sysctl} is 0` }]);
    const [, ...words] = (findings[0]?.command ?? '').split(' ');
    expect(words).toEqual(['--write', `user.${sysctl}=15000`]);
    const tried = await runIn(world, [
      ...by,
      'unshare',
      `--${name.replace('mnt', 'mount')}`,
      'true',
    ]);
    expect(tried.stderr).toContain('No space left on device');
    // What is to be typed mends it.
    expect(await examine(world, ['namespaces'], { by: limited(sysctl, 15_000) })).toMatchObject({
      findings: [{ state: 'fine' }],
    });
  },
);

test('an ordinary user who may make no user name spaces', async ({ world }) => {
  const userSpace = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--keep-caps'];
  const script = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"';
  const by = [...userSpace, 'sh', '-ec', script, 'sh'];
  const { findings } = await examine(world, ['namespaces'], { by });
  expect(findings).toMatchObject([
    { state: 'odd', text: expect.stringContaining('user.max_user_namespaces is 0') },
  ]);
});

/** What is mounted below /proc, and what of it the kernel minds. */
const masks = {
  'a file is hidden': ['mount --bind /dev/null /proc/interrupts', '/proc/interrupts'],
  'a directory is hidden': ['mount -t tmpfs none /proc/fs', '/proc/fs'],
  'a directory is read-only': ['mount --bind -o ro /proc/sys /proc/sys', '/proc/sys'],
  'another architecture’s programs are run': [
    'mount --bind /sys/kernel /proc/sys/fs/binfmt_misc',
    undefined,
  ],
  'a part is hidden, and a whole one is elsewhere': [
    'mount --bind /dev/null /proc/interrupts; mkdir /elsewhere; mount -t proc proc /elsewhere',
    undefined,
  ],
  'a part is hidden, and a whole one covers it': [
    'mount --bind /dev/null /proc/interrupts; mount -t proc proc /proc',
    undefined,
  ],
} as const;

test.for(Object.entries(masks))('/proc: %s', async ([, [script, mask]], { world }) => {
  await prepare(world, script);
  const userSpace = ['unshare', '--user', '--map-root-user', '--mount'];
  const { findings } = await examine(world, ['proc'], { by: userSpace });
  expect(findings).toMatchObject(
    mask === undefined
      ? [fine('proc', 'nothing of /proc is hidden')]
      : [{ state: 'odd', text: `parts of /proc are hidden (${mask})` }],
  );
  const mount = ['--pid', '--fork', 'mount', '-t', 'proc', 'proc', '/job'];
  const { status } = await runIn(world, [...userSpace, ...mount]);
  expect(status === 0).toBe(mask === undefined);
  // Root of the machine isn't kept from it.
  expect(await examine(world, ['proc'])).toMatchObject({ findings: [{ state: 'fine' }] });
  expect(await run(world, ['--chroot=on', ...guixBuild('hello.scm')])).toMatchObject({ status: 0 });
});
