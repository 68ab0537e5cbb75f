// What the doctor finds of the machine: disks, clock, devices, in states that have the fault.
import { asUser, examine, fine, prepare } from '../support/doctor.ts';
import { expect, guixBuild, run, test } from '../support/real.ts';

test('room on a disk is told once, with all that is on it', async ({ world }) => {
  await prepare(world, 'mount -t tmpfs -o size=2g,nr_inodes=100k none /tmp');
  const { status, findings } = await examine(world, ['space']);
  expect(status).toBe(0);
  expect(findings.map(({ text }) => text)).toEqual([
    expect.stringMatching(
      /^\/gnu\/store, \/var\/guix, .*\/job: [\d.]+ [GT]iB and [\d,]+ files free$/,
    ),
    expect.stringMatching(/^\/tmp: 2\.0 GiB and 102,39\d files free$/),
  ]);
});

test.for([
  { place: '/tmp', options: 'size=512m', state: 'odd', text: '/tmp: 51' },
  { place: '/tmp', options: 'size=1m', state: 'broken', text: '/tmp: 1.0 MiB and ' },
  {
    place: '/tmp',
    options: 'size=8g,nr_inodes=2',
    state: 'broken',
    text: '/tmp: 8.0 GiB and 0 files',
  },
  { place: '/gnu/store', options: 'size=1g', state: 'odd', text: '/gnu/store: 1.0 GiB and ' },
  { place: '/var/guix', options: 'size=1m', state: 'broken', text: '/var/guix: 1.0 MiB and ' },
  { place: '/job', options: 'size=8k', state: 'odd', text: '/job: 8.0 KiB and ' },
])('a file system that is short: $place, $options', async (short, { world }) => {
  const { place, options, state, text } = short;
  await prepare(world, `mount -t tmpfs -o ${options} none ${place}`);
  const { status, findings } = await examine(world, ['space']);
  expect(findings.filter((finding) => finding.state !== 'fine')).toMatchObject([
    { state, text: expect.stringContaining(text), command: expect.any(String) },
  ]);
  expect(status).toBe(state === 'broken' ? 1 : 0);
});

test('the daemon’s own TMPDIR and XDG_CACHE_HOME are what counts', async ({ world }) => {
  await prepare(world, 'mkdir /small; mount -t tmpfs -o size=1m none /small; mkdir /small/new');
  for (const [variable, state] of [
    ['TMPDIR', 'broken'],
    ['XDG_CACHE_HOME', 'odd'],
  ] as const) {
    const { findings } = await examine(world, ['space'], { env: { [variable]: '/small/new' } });
    const found = findings.find(({ text }) => text.startsWith('/small/new'));
    expect(found).toMatchObject({ state, command: `${variable}=DIRECTORY guix-entry-point …` });
  }
});

test('an ordinary user is told of no room that is secret', async ({ world }) => {
  await prepare(world, 'chmod 700 /root');
  const by = [...asUser, 'HOME=/root'];
  const { findings } = await examine(world, ['space'], { by });
  expect(findings[0]?.text).toMatch(/^\/gnu\/store, \/var\/guix, \/var\/log\/guix, \/job: /);
});

test.for(['/gnu/store', '/tmp'])('%s is mounted noexec', async (place, { world }) => {
  const mount = place === '/tmp' ? '' : `mount --bind ${place} ${place};`;
  await prepare(world, `${mount} mount -o remount,bind,noexec ${place}`);
  const { status, findings } = await examine(world, ['exec']);
  const text = `${place} is mounted noexec, and ${place} is on it`;
  expect({ status, findings }).toMatchObject({ status: 1, findings: [{ state: 'broken', text }] });
  // What is to be typed mends it.
  await prepare(world, findings[0]?.command ?? '');
  const isFine = [fine('exec', 'programs in /gnu/store and /tmp can be executed')];
  expect(await examine(world, ['exec'])).toEqual({ status: 0, findings: isFine });
});

test('a clock that is behind what has happened', async ({ world }) => {
  expect(await examine(world, ['clock'])).toMatchObject({ findings: [{ state: 'fine' }] });
  await prepare(
    world,
    'mkdir --parents /var/guix/db; touch --date=@4000000000 /var/guix/db/db.sqlite',
  );
  const { status, findings } = await examine(world, ['clock']);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    {
      state: 'broken',
      text: expect.stringMatching(
        /^the clock says .* UTC, and .*db\.sqlite is of 2096-10-02 07:06 UTC$/,
      ),
      command: 'timedatectl set-ntp true',
    },
  ]);
});

/** Something that is there, which is all that the daemon looks at before it starts it. */
const slirp = 'ln --symbolic /bin/false /usr/bin/slirp4netns';

test('without slirp4netns, what fetches sources has no network', async ({ world }) => {
  const { status, findings } = await examine(world, ['tunnel']);
  expect(status).toBe(0);
  expect(findings).toMatchObject([{ state: 'odd', text: '/usr/bin/slirp4netns is not there' }]);
  // The daemon says so itself.
  const built = await run(world, ['-v', ...guixBuild('fetched.scm')]);
  expect(built.stderr).toContain(
    "/usr/bin/slirp4netns' can't be found in PATH, network access disabled",
  );
  expect(await examine(world, ['tunnel', '--chroot=off'])).toEqual({ status: 0, findings: [] });
});

test('without /dev/net/tun it is the same', async ({ world }) => {
  await prepare(world, `${slirp}; mkdir --parents /dev/net; mount -t tmpfs none /dev/net`);
  const { findings } = await examine(world, ['tunnel']);
  expect(findings).toMatchObject([{ state: 'odd', text: '/dev/net/tun is not there' }]);
  const built = await run(world, ['-v', ...guixBuild('fetched.scm')]);
  expect(built.stderr).toContain("/dev/net/tun' is missing, network access disabled");
  // What is to be typed mends it.
  await prepare(world, `umask 0; ${findings[0]?.command}`);
  const isFine = [fine('tunnel', 'builds that fetch sources can')];
  expect(await examine(world, ['tunnel'], { by: asUser })).toEqual({ status: 0, findings: isFine });
});

test('a /dev/net/tun that is root’s alone', async ({ world }) => {
  const device = 'mknod --mode=600 /dev/net/tun c 10 200';
  await prepare(
    world,
    `${slirp}; mkdir --parents /dev/net; mount -t tmpfs none /dev/net; ${device}`,
  );
  const { findings } = await examine(world, ['tunnel'], { by: asUser });
  expect(findings).toMatchObject([
    {
      state: 'odd',
      text: "/dev/net/tun can't be opened: EACCES",
      command: 'chmod 666 /dev/net/tun',
    },
  ]);
});
