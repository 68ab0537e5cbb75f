// What the doctor finds of programs of other architectures, and of 32 bits.
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { examine, fine, prepare } from '../support/doctor.ts';
import { expect, test } from '../support/real.ts';

/** The beginning of an ELF file, which is all that is looked at. */
function elfHeader(bits: 32 | 64, machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.set([bits / 32, 1, 1], 4);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(machine, 18);
  return header;
}
const [i386, arm64] = [3, 183];

test('files that a Git of 32 bits can’t look at', async ({ world }) => {
  writeFileSync(world.at('/usr/local/bin/git'), elfHeader(32, i386), { mode: 0o755 });
  const cache = '/cache';
  const env = { XDG_CACHE_HOME: cache };
  await prepare(
    world,
    `mkdir ${cache}; mount -t tmpfs -o inode32 none ${cache}; touch ${cache}/small`,
  );
  const text = `/usr/local/bin/git has 32 bits, which are enough for ${cache}`;
  expect(await examine(world, ['inodes'], { env })).toEqual({
    status: 0,
    findings: [fine('inodes', text)],
  });
  // An overlay tells by the highest bits of a number which layer a file is of.
  const layers = 'lowerdir=/cache,upperdir=/layers/upper,workdir=/layers/work';
  await prepare(
    world,
    `mkdir /layers; mount -t tmpfs none /layers; mkdir /layers/upper /layers/work;
     mount -t overlay -o ${layers},xino=on none ${cache}`,
  );
  const { status, findings } = await examine(world, ['inodes'], { env });
  expect({ status, findings }).toMatchObject({
    status: 1,
    findings: [
      {
        state: 'broken',
        text: `/usr/local/bin/git has 32 bits, and ${cache}/small has a larger inode number`,
      },
    ],
  });
  // One of 64 bits doesn't mind.
  writeFileSync(world.at('/usr/local/bin/git'), elfHeader(64, 62));
  expect(await examine(world, ['inodes'], { env })).toEqual({
    status: 0,
    findings: [fine('inodes', 'Git and guix-daemon have 64 bits')],
  });
});

test('times that a daemon of 32 bits can’t look at', async ({ world }) => {
  writeFileSync(world.at('/daemon'), elfHeader(32, i386), { mode: 0o755 });
  await prepare(
    world,
    'mkdir --parents /root/.cache/guix; touch --date=@4000000000 /root/.cache/guix/x',
  );
  const { findings } = await examine(world, ['inodes', '--daemon-program=/daemon']);
  expect(findings[0]?.text).toBe('/daemon has 32 bits, and /root/.cache/guix/x has a larger time');
});

test('a daemon for another architecture', async ({ world }) => {
  writeFileSync(world.at('/daemon'), elfHeader(64, arm64), { mode: 0o755 });
  writeFileSync(world.at('/script'), '#! /daemon\n', { mode: 0o755 });
  for (const program of ['/daemon', '/script']) {
    const { findings } = await examine(world, ['emulation', `--daemon-program=${program}`]);
    const text = 'aarch64 is emulated on this x86_64';
    expect(findings).toMatchObject([
      { state: 'odd', text, command: 'guix-entry-point --chroot=off …' },
    ]);
  }
  // Processors of 64 bits run what was made for those before them.
  writeFileSync(world.at('/daemon'), elfHeader(32, i386));
  expect(await examine(world, ['emulation', '--daemon-program=/daemon'])).toMatchObject({
    findings: [{ state: 'fine' }],
  });
});

/** Registers programs of arm64, in a binfmt_misc of our own, and examines that. */
const registering = (more: string): readonly string[] => [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-ec'],
  `cd /proc/sys/fs/binfmt_misc; mount -t binfmt_misc none .; cd "$PWD"; ${more}; cd /; exec "$@"`,
  'sh',
];

/** The ELF header of arm64, and which of its bits count. */
const magic = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`;
const register = (interpreter: string, flags: string): string =>
  `printf '%s' ':arm64:M::${magic}::${interpreter}:${flags}' >register`;

// Before, there was one for the whole machine.
const [major = 0, minor = 0] = release().split('.').map(Number);
const hasOwnBinfmt = major > 6 || (major === 6 && minor >= 7);

test.runIf(hasOwnBinfmt)('what runs programs of other architectures', async ({ world }) => {
  const states = {
    [register('/bin/true', 'F')]: ['fine', 'programs of other architectures that are run: aarch64'],
    [register('/bin/true', '')]: [
      'odd',
      'programs of aarch64 are run here, and not in containers and isolated builds: arm64 lacks the flag F',
    ],
    [register('/bin/nowhere', '')]: [
      'odd',
      "programs of aarch64 can't be run: /bin/nowhere is not here, and arm64 lacks the flag F",
    ],
    [`${register('/bin/true', 'F')}; echo 0 >arm64`]: [
      'odd',
      'programs of aarch64 are not run: arm64 is disabled',
    ],
    true: ['fine', 'programs of no other architecture are run'],
  };
  for (const [script, [state, text]] of Object.entries(states)) {
    const { findings } = await examine(world, ['binfmt'], { by: registering(script) });
    expect(findings).toMatchObject([{ state, text }]);
  }
  // It isn't mounted in the world.
  expect(await examine(world, ['binfmt'])).toEqual({
    status: 0,
    findings: [fine('binfmt', 'unknown: binfmt_misc is not mounted here')],
  });
});
