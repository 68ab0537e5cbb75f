// What the doctor finds of profiles, channels, keys and servers.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { asUser, examineAlone as examine, fine, prepare } from '../support/doctor.ts';
import { expect, test } from '../support/real.ts';

const current = '/root/.config/guix/current';

/** Writes a file of the world, with the directories above it. */
function write(world: World, file: string, text: string): void {
  mkdirSync(world.at(file.slice(0, file.lastIndexOf('/'))), { recursive: true });
  writeFileSync(world.at(file), text);
}

test('there need not be a profile', async ({ world }) => {
  expect(await examine(world, ['profile', 'channel'])).toEqual({
    status: 0,
    findings: [
      fine('profile', "there is none of 'guix pull': Guix is that of PATH"),
      fine('channel', 'there is no channels.scm: nothing is pinned'),
    ],
  });
});

test.for([current, '/root/.guix-profile'])('%s that leads nowhere', async (place, { world }) => {
  mkdirSync(world.at('/var/guix/profiles/per-user/root'), { recursive: true });
  mkdirSync(world.at('/root/.config/guix'), { recursive: true });
  symlinkSync('/var/guix/profiles/per-user/root/current-guix', world.at(place));
  symlinkSync('/gnu/store/gone-profile', world.at('/var/guix/profiles/per-user/root/current-guix'));
  const { status, findings } = await examine(world, ['profile']);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: `${place} leads to /gnu/store/gone-profile, which is not there` },
  ]);
});

test('links in a circle end', async ({ world }) => {
  mkdirSync(world.at('/root/.config/guix'), { recursive: true });
  symlinkSync('other', world.at(current));
  symlinkSync('current', world.at('/root/.config/guix/other'));
  expect(await examine(world, ['profile'])).toMatchObject({ status: 1 });
});

test('GUIX_PROFILE that names nothing', async ({ world }) => {
  const env = { GUIX_PROFILE: '/opt/profile' };
  const { status, findings } = await examine(world, ['profile'], { env });
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    { state: 'odd', text: 'GUIX_PROFILE names /opt/profile, which is not there' },
  ]);
});

test('a profile whose script is broken; all else is looked at', async ({ world }) => {
  write(world, '/opt/profile/etc/profile', 'if\n');
  const env = { GUIX_PROFILE: '/opt/profile' };
  const { status, findings } = await examine(world, ['profile', 'client'], { env });
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { check: 'client', state: 'fine' },
    { state: 'broken', text: "Cannot load the Guix profile's /opt/profile/etc/profile" },
  ]);
});

test('what is not this user’s to see is said', async ({ world }) => {
  const { status, findings } = await examine(world, ['profile'], { by: asUser });
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    {
      state: 'fine',
      text: `${current} is not ours to look at, and is not loaded: permission denied`,
    },
    { state: 'fine', text: "there is none of 'guix pull': Guix is that of PATH" },
  ]);
});

const [pinned, other] = ['a'.repeat(40), 'b'.repeat(40)];
const channels = `(list (channel (name 'guix) (url "https://example.org") (commit "${pinned}")))`;
const source = (commit: string): string =>
  `(repository (version 0) (url "u") (branch "b") (commit "${commit}") (introduction (channel-introduction (version 0) (commit "cc"))))`;
const manifest = (commit: string): string =>
  `(manifest (version 4) (packages (("guix" "${commit.slice(0, 7)}" "out" "/gnu/store/x" (propagated-inputs ()) (search-paths ()) (properties (source ${source(commit)}))))))`;

test.for([
  ['/root/.config/guix/channels.scm', pinned, 'fine', 'is what runs: guix aaaaaaa'],
  ['/root/.config/guix/channels.scm', other, 'odd', 'pins guix to aaaaaaa, and bbbbbbb runs'],
  ['/etc/guix/channels.scm', other, 'odd', 'pins guix to aaaaaaa, and bbbbbbb runs'],
  ['/etc/guix/channels.scm', undefined, 'odd', "was not made by 'guix pull'"],
] as const)('%s, where %s runs, is %s', async ([file, runs, state, text], { world }) => {
  write(world, file, channels);
  if (runs !== undefined) write(world, `${current}/manifest`, manifest(runs));
  const { status, findings } = await examine(world, ['channel']);
  expect(status).toBe(0);
  expect(findings).toMatchObject([{ state, text: expect.stringContaining(text) }]);
});

test('a channel that is pinned and does not run; one that is not pinned', async ({ world }) => {
  const more = `(cons (channel (name 'mine) (url "u") (commit "1234567890")) %default-channels)`;
  write(world, '/root/.config/guix/channels.scm', more);
  write(world, `${current}/manifest`, manifest(pinned));
  expect((await examine(world, ['channel'])).findings).toMatchObject([
    { state: 'odd', text: expect.stringContaining('pins mine to 1234567, and it is not there') },
  ]);
  write(world, '/root/.config/guix/channels.scm', '%default-channels');
  expect((await examine(world, ['channel'])).findings).toEqual([
    fine('channel', '/root/.config/guix/channels.scm pins no commit'),
  ]);
});

const server = '--substitute-urls=https://ci.guix.gnu.org';

test('a key that is missing, until it is authorized as told', async ({ world }) => {
  await prepare(world, 'rm -f /etc/guix/acl; guix archive --generate-key');
  const { status, findings } = await examine(world, ['keys', server, '--fix']);
  expect(status).toBe(0);
  // Nothing is trusted unless somebody says so.
  expect(findings).toMatchObject([
    {
      state: 'odd',
      text: expect.stringContaining('is not in /etc/guix/acl'),
      command: expect.stringContaining('substitutes authorize '),
      fixed: null,
    },
  ]);
  await prepare(world, findings[0]?.command ?? '');
  expect((await examine(world, ['keys', server])).findings).toEqual([
    fine('keys', '1 key authorized'),
  ]);
});

test('a list of keys that is broken, or not to be read', async ({ world }) => {
  write(world, '/etc/guix/acl', '(acl');
  expect(await examine(world, ['keys', server])).toMatchObject({
    status: 1,
    findings: [{ state: 'broken' }],
  });
  write(world, '/etc/guix/acl', '(acl)');
  chmodSync(world.at('/etc/guix/acl'), 0o600);
  expect(await examine(world, ['keys', server], { by: asUser })).toMatchObject({
    status: 1,
    findings: [{ state: 'broken', text: "/etc/guix/acl can't be read: permission denied" }],
  });
});

test('servers that are dead', async ({ world }) => {
  const urls = '--substitute-urls=http://127.0.0.1:3 http://127.0.0.1:4';
  const { status, findings } = await examine(world, ['servers', urls]);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    {
      state: 'broken',
      text: 'no substitute server answers: http://127.0.0.1:3, http://127.0.0.1:4 (connection refused)',
    },
  ]);
});

test('a list of servers that is broken', async ({ world }) => {
  write(world, '/etc/guix-entry-point/servers.json', '{}');
  const { status, findings } = await examine(world, ['keys', 'servers']);
  expect(status).toBe(1);
  expect(findings.map(({ state }) => state)).toEqual(['broken', 'broken']);
  write(world, '/etc/guix-entry-point/servers.json', '[]');
  expect((await examine(world, ['servers'])).findings).toMatchObject([{ state: 'odd' }]);
});
