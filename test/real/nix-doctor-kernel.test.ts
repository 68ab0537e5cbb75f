// What the doctor finds of what Nix isolates builds with, in states that really have the fault, and whether
// the real daemon builds in them.
import { writeFileSync } from 'node:fs';
import { examine, fine } from '../support/doctor.ts';
import { daemon, expect, runIn, test } from '../support/real.ts';
import { filterOf } from '../support/seccomp.ts';

/** Bookworm's nix.conf switches the sandbox off. */
const isolating = '--daemon-option=--option sandbox true';
const build = ['/entry-point.sh', '--substitutes=off', '--chroot=on', ...daemon.build('hello')];

const withoutAll = ['setpriv', '--bounding-set=-sys_admin,-net_admin,-sys_chroot'];
/** As container engines have it, with all privileges and with none. */
const hide = 'mount --bind /dev/null /proc/interrupts; exec "$@"';
const hidden = ['unshare', '--mount', 'sh', '-ec', hide, 'sh'];
const masks = 'parts of /proc are hidden (/proc/interrupts)';

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
  const settings = 'sandbox = true\nsandbox-fallback = false\n';
  writeFileSync(world.at('/etc/nix/nix.conf'), settings);
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
