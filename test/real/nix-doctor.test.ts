// What the doctor finds of the troubles that Nix alone has, in states that really have them; where the
// real daemon can tell whether it is one, it is asked, too.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { asUser, examine, examineAlone, fine, prepare } from '../support/doctor.ts';
import { daemon, expect, run, runIn, startIn, test } from '../support/real.ts';
import { filterOf } from '../support/seccomp.ts';

/** Bookworm's nix.conf switches the sandbox off. */
const isolating = '--daemon-option=--option sandbox true';
const build = ['/entry-point.sh', '--substitutes=off', '--chroot=on', ...daemon.build('hello')];

const withoutAll = ['setpriv', '--bounding-set=-sys_admin,-net_admin,-sys_chroot'];
/** As container engines have it, with all privileges and with none. */
const hide = 'mount --bind /dev/null /proc/interrupts; exec "$@"';
const hidden = ['unshare', '--mount', 'sh', '-ec', hide, 'sh'];
const masks = 'parts of /proc are hidden (/proc/interrupts)';

/** Adds to the settings of the whole machine. */
function set(world: World, ...lines: readonly string[]): void {
  writeFileSync(world.at('/etc/nix/nix.conf'), lines.map((line) => `${line}\n`).join(''));
}

test('builds are isolated in a name space of users, which takes no capability', async ({
  world,
}) => {
  const words = ['sandbox', 'capabilities', isolating];
  expect(await examine(world, words, { by: withoutAll })).toEqual({
    status: 0,
    findings: [
      fine('sandbox', 'builds can be isolated'),
      fine('capabilities', 'root has the capabilities that nix-daemon needs'),
    ],
  });
  expect(await runIn(world, [...withoutAll, ...build])).toMatchObject({ status: 0 });
});

test('where there is no name space of users, it takes what Guix takes', async ({ world }) => {
  const noUserSpaces = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"';
  const by = [
    'unshare',
    '--user',
    '--map-root-user',
    'sh',
    '-ec',
    noUserSpaces,
    'sh',
    ...withoutAll,
  ];
  const { findings } = await examine(world, ['capabilities', isolating], { by });
  const text = 'root has no CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_SYS_CHROOT';
  expect(findings).toMatchObject([{ state: 'odd', text }]);
});

test('a /proc of which parts are hidden: who may mount gets a fresh one', async ({ world }) => {
  const words = ['sandbox', 'proc', isolating];
  expect(await examine(world, words, { by: hidden })).toEqual({
    status: 0,
    findings: [
      fine('sandbox', 'builds can be isolated'),
      fine('proc', `${masks}, which this daemon doesn't mind`),
    ],
  });
  expect(await runIn(world, [...hidden, ...build])).toMatchObject({ status: 0 });
});

test('a /proc of which parts are hidden, and nobody may mount', async ({ world }) => {
  const by = [...hidden, ...withoutAll];
  const { status, findings } = await examine(world, ['sandbox', 'proc', isolating], { by });
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    { state: 'odd', text: `builds can't be isolated: ${masks}` },
    { state: 'odd', text: masks },
  ]);
});

test('sandbox-fallback = false, where no build can be isolated', async ({ world }) => {
  set(world, 'sandbox = true', 'sandbox-fallback = false');
  const by = [...hidden, ...withoutAll];
  const { status, findings } = await examine(world, ['sandbox', 'self-test'], { by });
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    {
      state: 'broken',
      text: `builds can't be isolated: ${masks}`,
      meaning: expect.stringMatching(
        /^By 'sandbox-fallback = false', each build fails then; --chroot=off has them go on without\./,
      ),
    },
    { state: 'odd' },
    { state: 'fine' },
  ]);
  const words = ['--substitutes=off', ...daemon.build('hello')];
  expect(await runIn(world, [...by, '/entry-point.sh', ...words])).toMatchObject({ status: 1 });
  const open = [...by, '/entry-point.sh', '--chroot=off', ...words];
  expect(await runIn(world, open)).toMatchObject({ status: 0 });
});

// setpriv of bookworm sets no filter.
test.skipIf(daemon.installed === 'nix-bookworm').for([
  ['clone', 'odd'],
  ['mount', 'odd'],
  ['personality', 'fine'],
] as const)('a filter that forbids %s', async ([call, state], { world }) => {
  writeFileSync(world.at('/filter'), filterOf(call));
  const by = ['setpriv', '--seccomp-filter=/filter'];
  const { status, findings } = await examine(world, ['seccomp'], { by });
  expect({ status, findings }).toMatchObject({ status: 0, findings: [{ state }] });
  const insists = '--daemon-option=--option sandbox true --option sandbox-fallback false';
  const words = ['/entry-point.sh', insists, '--substitutes=off', ...daemon.build('hello')];
  expect(await runIn(world, [...by, ...words])).toMatchObject({ status: state === 'fine' ? 0 : 1 });
});

test('settings that are as they should be', async ({ world }) => {
  set(world, 'sandbox = true', 'extra-experimental-features = nix-command flakes');
  expect(await examine(world, ['settings'])).toEqual({
    status: 0,
    findings: [
      fine('settings', 'sandbox = true, sandbox-fallback = true, build-users-group = nixbld'),
    ],
  });
});

test('settings that Nix does not know, and commands that it refuses', async ({ world }) => {
  set(world, 'sandbox = false', 'sandbx = true');
  const { status, findings } = await examine(world, ['settings', 'client']);
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    { text: 'sandbox = false, sandbox-fallback = true, build-users-group = nixbld' },
    {
      state: 'odd',
      text: "unknown setting 'sandbx'",
      command: 'grep --recursive --line-number sandbx /etc/nix',
    },
    { state: 'odd', text: expect.stringContaining("'nix build' and the like are refused") },
    { state: 'fine', text: expect.stringMatching(/^nix \(Nix\) 2\.\S+: \/usr\/bin\/nix$/) },
  ]);
  const evaluate = ['nix', 'eval', '--expr', '1'];
  expect(await runIn(world, evaluate)).toMatchObject({ status: 1 });
  // What is to be typed mends it.
  await prepare(world, findings[2]?.command ?? '');
  expect(await runIn(world, evaluate)).toMatchObject({ status: 0, stdout: '1\n' });
});

test('settings that Nix can’t read', async ({ world }) => {
  set(world, 'sandbox');
  const { status, findings } = await examine(world, ['daemon', 'client']);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: expect.stringContaining("configuration line 'sandbox' in") },
    { state: 'broken' },
  ]);
});

test('build users are made as Nix’s installer makes them', async ({ world }) => {
  const remove = 'sed -i /^nixbld/d /etc/passwd /etc/group /etc/shadow /etc/gshadow';
  await prepare(world, remove);
  const text = "there is no group 'nixbld'";
  expect(await examine(world, ['build-users'])).toMatchObject({
    status: 1,
    findings: [{ state: 'broken', text }],
  });
  const { status, findings } = await examineAlone(world, ['build-users', 'self-test', '--fix']);
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    { state: 'broken', text, fixed: true },
    { text: 'builds run as 10 users of nixbld' },
    { state: 'fine' },
    { state: 'fine' },
  ]);
  const names = "sed -n 's/^nixbld:.*://p' /etc/group | tr , ' '";
  const { stdout } = await runIn(world, ['sh', '-c', names]);
  expect(stdout.trim()).toBe(Array.from({ length: 10 }, (_, at) => `nixbld${at + 1}`).join(' '));
});

test('no build users are wanted', async ({ world }) => {
  set(world, 'build-users-group =');
  const { status, findings } = await examineAlone(world, ['build-users', 'self-test']);
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    { state: 'odd', text: 'builds run as root: build-users-group is empty' },
    { state: 'fine' },
    { state: 'fine' },
  ]);
});

test('profiles: none, one of which nothing is installed, one that leads nowhere', async ({
  world,
}) => {
  const none = fine('profile', 'there is none: Nix is that of PATH');
  expect(await examine(world, ['profile'])).toEqual({ status: 0, findings: [none] });
  mkdirSync(world.at('/nix/var/nix/profiles/per-user/root'), { recursive: true });
  symlinkSync('/nix/var/nix/profiles/per-user/root/profile', world.at('/root/.nix-profile'));
  const empty = fine('profile', '/root/.nix-profile: nothing has been installed there');
  expect(await examine(world, ['profile'])).toEqual({ status: 0, findings: [empty, none] });
  symlinkSync('/nix/store/gone', world.at('/nix/var/nix/profiles/per-user/root/profile'));
  expect(await examine(world, ['profile'])).toMatchObject({
    status: 1,
    findings: [
      {
        state: 'broken',
        text: '/root/.nix-profile leads to /nix/store/gone, which is not there',
        command: 'guix-entry-point nix-env --profile /root/.nix-profile --rollback',
      },
    ],
  });
});

test('an environment in which this machine’s own programs load code from Nix', async ({
  world,
}) => {
  const env = { LD_LIBRARY_PATH: '/nix/store/abc-glibc/lib', NIX_PATH: '/nix/store/abc-nixpkgs' };
  const { status, findings } = await examine(world, ['environment'], { env });
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    {
      state: 'odd',
      text: 'LD_LIBRARY_PATH leads into a store: /nix/store/abc-glibc/lib',
      command: 'export GUIX_ENTRY_POINT_CLEAN_ENVIRONMENT=1',
    },
  ]);
});

test('a daemon that only members of a group may use, as Debian has it', async ({ world }) => {
  const running = startIn(world, [daemon.program, ...daemon.arguments]);
  await prepare(world, `until [ -S ${daemon.socket} ]; do :; done; useradd --uid=1000 somebody`);
  const { status, findings } = await examine(world, ['socket'], { by: asUser });
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    {
      state: 'broken',
      text: `${daemon.socket} can't be looked at: permission denied`,
      command: 'usermod --append --groups nix-users somebody',
    },
  ]);
  await prepare(world, findings[0]?.command ?? '');
  const member = ['setpriv', '--reuid=1000', '--regid=1000', '--init-groups', 'env', 'HOME=/tmp'];
  expect(await examine(world, ['socket'], { by: member })).toMatchObject({ status: 0 });
  process.kill(running.pid, 'SIGTERM');
  await running.ended;
});

test('what is Guix’s alone is not looked at', async ({ world }) => {
  const words = ['tunnel', 'channel', 'locale'];
  expect(await examine(world, words)).toEqual({ status: 0, findings: [] });
  expect(await run(world, ['doctor', 'guix'])).toMatchObject({ status: 1, stdout: '' });
});
