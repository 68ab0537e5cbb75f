import { buildExpressions } from '../support/failures.ts';
import { breakWorld, expectHint, expectMended, readHints } from '../support/hints.ts';
import { expect, guixBuild, run, test } from '../support/real.ts';

// The daemon works, and what it is asked for fails. What it says then only its client hears, whose
// words aren't ours to read: these hints come from logs, and from the machine as it is by then.

const hello = guixBuild('hello.scm');
const addUser =
  'useradd --system --gid guixbuild --groups guixbuild --home-dir /var/empty --shell /usr/sbin/nologin';
const usualNames =
  'guixbuilder01 guixbuilder02 guixbuilder03 guixbuilder04 guixbuilder05 guixbuilder06 guixbuilder07 guixbuilder08 guixbuilder09 guixbuilder10';
const names = 'guixbuilder1 guixbuilder2 guixbuilder3 guixbuilder4';
/** Fills what it is given: dd says, as others do, "No space left on device". */
const fill = (file: string): string => `dd if=/dev/zero of=${file} bs=65536 count=300 || exit 7`;

const mendable = [
  {
    name: 'a group of build users without members',
    fault: 'sed -i "s/^\\(guixbuild:.*:\\).*/\\1/" /etc/group',
    meaning:
      "Builds run as users of the group 'guixbuild', and it has no members. To give it some (in a Dockerfile, behind RUN):",
    command: `for user in ${names}; do usermod --append --groups guixbuild $user; done`,
  },
  {
    name: 'a group of build users without members, nor users',
    fault:
      'sed -i "s/^\\(guixbuild:.*:\\).*/\\1/" /etc/group; sed -i /^guixbuilder/d /etc/passwd /etc/shadow',
    meaning:
      "Builds run as users of the group 'guixbuild', and it has no members. To give it some (in a Dockerfile, behind RUN):",
    command: `for user in ${usualNames}; do ${addUser} $user; done`,
  },
  {
    name: 'members of the group that are no users',
    fault: 'sed -i /^guixbuilder/d /etc/passwd /etc/shadow',
    meaning:
      "Builds run as users of the group 'guixbuild', of which guixbuilder1, guixbuilder2, guixbuilder3, guixbuilder4 do not exist. To make them (in a Dockerfile, behind RUN):",
    command: `for user in ${names}; do ${addUser} $user; done`,
  },
  {
    name: 'a read-only directory for build logs',
    fault:
      'mkdir -p /var/log/guix; mount --bind /var/log/guix /var/log/guix; mount -o remount,bind,ro /var/log/guix',
    meaning:
      'The daemon writes to /var/log/guix, which is mounted read-only. To make it writable, unless somebody meant it so:',
    command: 'mount --options remount,bind,rw /var/log/guix',
  },
  {
    name: 'what an earlier build without isolation has made',
    words: ['--chroot=off'],
    fault: 'mkdir /homeless-shelter',
    meaning:
      '/homeless-shelter exists: a build that is not isolated has made it, and the daemon builds nothing beside it. To remove it:',
    command: 'rm --recursive /homeless-shelter',
  },
  {
    name: 'no room for build logs',
    fault:
      'mkdir -p /var/log/guix; mount -t tmpfs -o size=16k none /var/log/guix; mkdir -p /var/log/guix/drvs/aa; dd if=/dev/zero of=/var/log/guix/drvs/aa/old || true',
    meaning:
      '/var/log/guix, where build logs are kept, has 0 bytes free of 16.0 KiB. Logs of earlier builds can go:',
    command: 'rm --recursive /var/log/guix/drvs',
  },
] as const;

test.for(mendable)('$name', async ({ fault, ...hint }, { world }) => {
  const words = 'words' in hint ? [...hint.words, ...hello] : hello;
  await breakWorld(world, fault);
  await expectHint(world, words, { meaning: hint.meaning, command: hint.command });
  await expectMended(world, words, hint.command);
});

test('a full store: what is left of the build still fills it', async ({ world }) => {
  await breakWorld(world, 'mount -t tmpfs -o size=8m,mode=1775 none /gnu/store');
  await expectHint(world, buildExpressions(`(shell-build "big-1" "${fill('$out')}")`), {
    meaning:
      "'No space left on device': /gnu/store, the store, has 12.0 KiB free of 8.0 MiB. What is not used any more can go:",
    command: 'guix-entry-point guix gc',
  });
});

test('a store without inodes, before there is anything to build', async ({ world }) => {
  await breakWorld(world, 'mount -t tmpfs -o nr_inodes=4,mode=1775,size=1g none /gnu/store');
  await expectHint(world, hello, {
    meaning:
      '/gnu/store, the store, has no room for more files (inodes left: 0). What is not used any more can go:',
    command: 'guix-entry-point guix gc',
  });
});

test('no room where builds are made: it is there again when the build is gone', async ({
  world,
}) => {
  await breakWorld(world, 'mount -t tmpfs -o size=16m none /tmp');
  const words = buildExpressions(`(shell-build "big-1" "${fill('big')}; echo done > $out")`);
  const meaning =
    "'No space left on device': of the places that Guix writes to, it is the one with the least room by now: /tmp, where builds are made, has X MiB free of 16.0 MiB. Another directory with more room is named by TMPDIR:";
  const outcome = await run(world, words);
  const [hint] = readHints(outcome.stderr.replace(/has 1\d\.\d MiB free/, 'has X MiB free'));
  expect(hint).toEqual({ meaning, command: 'TMPDIR=/var/tmp guix-entry-point …' });
  // As it says.
  const elsewhere = await run(world, words, { env: { TMPDIR: '/var/tmp' } });
  expect(elsewhere, elsewhere.stderr).toMatchObject({ status: 0 });
});

test('no inodes where builds are made', async ({ world }) => {
  await breakWorld(world, 'mount -t tmpfs -o nr_inodes=2,size=1g none /tmp; touch /tmp/a');
  await expectHint(world, hello, {
    meaning:
      '/tmp, where builds are made, has no room for more files (inodes left: 0). Another directory with more room is named by TMPDIR:',
    command: 'TMPDIR=/var/tmp guix-entry-point …',
  });
});
