// What the doctor finds of the troubles that Nix alone has, in states that really have them; where the
// real daemon can tell whether it is one, it is asked, too.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { asUser, examine, examineAlone, fine, prepare } from '../support/doctor.ts';
import { daemon, expect, run, runIn, startIn, test } from '../support/real.ts';

/** Writes the settings of the whole machine. */
function set(world: World, ...lines: readonly string[]): void {
  writeFileSync(world.at('/etc/nix/nix.conf'), lines.map((line) => `${line}\n`).join(''));
}

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

test('the servers are those of the settings', async ({ world }) => {
  set(world, 'substituters = http://127.0.0.1:3 file:///cache');
  expect(await examine(world, ['servers'])).toMatchObject({
    status: 1,
    findings: [
      {
        state: 'broken',
        text: 'no substitute server answers: http://127.0.0.1:3 (connection refused)',
      },
    ],
  });
});

test('what is Guix’s alone is not looked at', async ({ world }) => {
  const words = ['tunnel', 'channel', 'locale'];
  expect(await examine(world, words)).toEqual({ status: 0, findings: [] });
  expect(await run(world, ['doctor', 'guix'])).toMatchObject({ status: 1, stdout: '' });
});
