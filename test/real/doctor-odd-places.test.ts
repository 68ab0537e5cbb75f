// The doctor where files are not what they should be, and have names that nobody expects.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { asUser, examineAlone, fine, prepare } from '../support/doctor.ts';
import { expect, list, test } from '../support/real.ts';

test('a working directory that was removed', async ({ world }) => {
  const by = ['sh', '-ec', 'mkdir /gone; cd /gone; rmdir /gone; exec "$@"', 'sh'];
  const { findings } = await examineAlone(world, ['space'], { by });
  expect(findings.at(-1)).toMatchObject({
    state: 'odd',
    text: 'the working directory was removed',
    command: 'cd /',
  });
});

test.for([
  ['a FIFO', 'mkfifo', 'it is not a regular file'],
  ['random bytes', 'head --bytes=1000 /dev/urandom >', 'The encoded data was not valid'],
  ['a list without an end', "printf '(((((' >", 'its parentheses do not match'],
  ['lists without number', "printf '%0100000d' | tr 0 '(' >", 'its lists are too deep'],
] as const)('channels.scm is %s', async ([, make, reason], { world }) => {
  await prepare(world, `mkdir --parents /etc/guix; ${make} /etc/guix/channels.scm`);
  const { status, findings } = await examineAlone(world, ['channel']);
  expect(status).toBe(0);
  const text = `/etc/guix/channels.scm can't be read: ${reason}`;
  expect(findings).toMatchObject([{ state: 'odd', text: expect.stringContaining(text) }]);
});

test('channels.scm may be a link', async ({ world }) => {
  await prepare(
    world,
    'mkdir --parents /etc/guix; echo "(list)" >/pinned; ln -s /pinned /etc/guix/channels.scm',
  );
  expect((await examineAlone(world, ['channel'])).findings).toEqual([
    fine('channel', '/etc/guix/channels.scm pins no commit'),
  ]);
});

test('an access list that is cut short is made anew by what is to be typed', async ({ world }) => {
  mkdirSync(world.at('/etc/it is'));
  writeFileSync(world.at('/etc/it is/acl'), '(acl (entry (public-key');
  const env = { GUIX_CONFIGURATION_DIRECTORY: '/etc/it is' };
  const words = ['keys', '--substitute-urls=https://ci.guix.gnu.org'];
  const { status, findings } = await examineAlone(world, words, { env });
  expect(status).toBe(1);
  const [found] = findings;
  expect(found?.command).toContain("mv '/etc/it is/acl' '/etc/it is/acl.broken' && ");
  await prepare(world, `export GUIX_CONFIGURATION_DIRECTORY='/etc/it is'; ${found?.command}`);
  expect(await examineAlone(world, words, { env })).toMatchObject({
    status: 0,
    findings: [{ state: 'fine' }],
  });
});

test('an access list that is not for everybody', async ({ world }) => {
  await prepare(
    world,
    'mkdir --parents /etc/guix; echo "(acl)" >/etc/guix/acl; chmod 600 /etc/guix/acl',
  );
  const { findings } = await examineAlone(world, ['keys'], { by: asUser });
  expect(findings).toMatchObject([{ state: 'broken', command: 'chmod a+r /etc/guix/acl' }]);
});

test('a name with spaces and semicolons is one name in what is to be typed', async ({ world }) => {
  const path = '/tmp/a b;touch c';
  writeFileSync(world.at(path), '');
  writeFileSync(world.at('/tmp/a'), '');
  const { findings } = await examineAlone(world, ['socket', `--daemon-socket=${path}`]);
  expect(findings[0]?.command).toBe(`ls -ld '${path}'`);
  await prepare(world, findings[0]?.command ?? '');
  expect(existsSync(world.at('/job/c'))).toBe(false);
  expect(list(world, '/tmp')).toEqual(['a', 'a b;touch c']);
});

test.for([
  ['/no/such', 'no such file or directory'],
  ['builds', 'it does not begin with /'],
  ['/etc/passwd', 'not a directory'],
] as const)('TMPDIR=%s is broken, and so are builds', async ([directory, reason], { world }) => {
  const env = { TMPDIR: directory };
  const words = ['exec', 'space', 'self-test'];
  const { status, findings } = await examineAlone(world, words, { env });
  expect(status).toBe(1);
  const text = `TMPDIR is ${directory}: ${reason}`;
  expect(findings.filter((one) => one.text === text)).toMatchObject([
    { check: 'exec', state: 'broken', command: 'unset TMPDIR' },
    { check: 'space', state: 'broken' },
  ]);
  expect(findings.slice(-2)).toMatchObject([{ state: 'broken' }, { state: 'broken' }]);
});

test('what is not asked for is not missed', async ({ world }) => {
  const by = ['setpriv', '--bounding-set=-net_admin'];
  const words = ['sandbox', 'servers', '--substitutes=off'];
  expect(await examineAlone(world, [...words, '--chroot=on'], { by })).toMatchObject({
    status: 1,
    findings: [{ state: 'broken' }],
  });
  expect(await examineAlone(world, [...words, '--chroot=off'], { by })).toEqual({
    status: 0,
    findings: [fine('sandbox', 'that builds are isolated is not asked for')],
  });
});
