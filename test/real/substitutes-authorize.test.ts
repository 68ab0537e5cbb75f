// `substitutes authorize`: the real `guix archive` keeps the list of keys.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../../scripts/machine.ts';
import type { World } from '../../scripts/world.ts';
import { readAcl } from '../../src/substitutes/keys.ts';
import { entryPoint, expect, expectNothingSurvives, run, runIn, test } from '../support/real.ts';

const acl = '/etc/guix/acl';
const mounted = '/etc/guix-entry-point/keys';
const directory = join(import.meta.dirname, '../../substitutes');
const names = readdirSync(directory).filter((name) => name.endsWith('.pub'));

function authorize(world: World, ...words: readonly string[]): Promise<Outcome> {
  return run(world, ['substitutes', 'authorize', ...words]);
}

function countKeys(world: World, file = acl): number {
  return readAcl(readFileSync(world.at(file), 'utf8')).size;
}

function makeKey(byte: string): string {
  return `(public-key (ecc (curve Ed25519) (q #${byte.repeat(32)}#)))\n`;
}

test('all keys; the second time none is touched', async ({ world }) => {
  writeFileSync(world.at(acl), '(acl)\n');
  const first = await authorize(world);
  expect(first).toMatchObject({ status: 0, stdout: '' });
  expect(first.stderr).toBe(names.map((name) => `+ Authorized the key ${name}\n`).join(''));
  expect(countKeys(world)).toBe(names.length);
  const { ino, mtimeMs } = statSync(world.at(acl));
  const second = await authorize(world);
  expect(second).toMatchObject({ status: 0, stdout: '' });
  expect(second.stderr).toBe(
    names.map((name) => `+ The key ${name} is authorized already\n`).join(''),
  );
  // Guix would have put another file there.
  expect(statSync(world.at(acl))).toMatchObject({ ino, mtimeMs });
  expectNothingSurvives(world);
});

test('keys that are named: built in, mounted, and in any file', async ({ world }) => {
  mkdirSync(world.at(mounted), { recursive: true });
  writeFileSync(world.at(join(mounted, 'ours.pub')), makeKey('F1'));
  writeFileSync(world.at('/job/any.key'), makeKey('F2'));
  const before = countKeys(world);
  const outcome = await authorize(world, 'substitutes.nonguix.org', 'ours.pub', 'any.key');
  expect(outcome).toMatchObject({
    status: 0,
    stdout: '',
    stderr: `+ Authorized the key substitutes.nonguix.org.pub
+ Authorized the key ours.pub
+ Authorized the key any.key
`,
  });
  expect(countKeys(world)).toBe(before + 3);
});

test('keys that are none are refused by name, and the others go on', async ({ world }) => {
  mkdirSync(world.at(join(mounted, 'directory.pub')), { recursive: true });
  writeFileSync(world.at(join(mounted, 'short.pub')), makeKey('F1').replace('F1', ''));
  writeFileSync(world.at(join(mounted, 'z.pub')), makeKey('F2'));
  const secret = `(key-data ${makeKey('F3')} (private-key (ecc)))`;
  writeFileSync(world.at(join(mounted, 'secret.pub')), secret);
  const { status, stderr } = await authorize(world);
  expect(status).toBe(1);
  expect(stderr)
    .toContain(`+ guix-entry-point: Cannot read the key directory.pub: illegal operation on a directory.
`);
  expect(stderr)
    .toContain(`+ guix-entry-point: Cannot authorize short.pub: it holds no public key as Guix makes them.
+ Hint: A good one looks like this, with 64 hexadecimal digits: (public-key (ecc (curve Ed25519) (q #8D15…B394#))).
`);
  expect(stderr).toContain('Cannot authorize secret.pub: it holds a private key.\n');
  expect(stderr).toContain('+ Authorized the key z.pub\n');
  expect(countKeys(world)).toBe(names.length + 1);
  const list = await run(world, ['substitutes', '--substitute-urls=']);
  expect(list.stderr).not.toContain('directory.pub');
});

test('a name that is unknown is told with what there is', async ({ world }) => {
  const outcome = await authorize(world, 'berlin', 'ci.guix.moe.pub');
  expect(outcome).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `+ guix-entry-point: There is no key 'berlin', and no such file.
+ These are ours:
${names.map((name) => `+   ${name}\n`).join('')}+ Hint: Did you mean 'berlin.guix.gnu.org.pub'? Keys are mounted as /etc/guix-entry-point/keys/NAME.pub, and a file is named by its path.
+ Authorized the key ci.guix.moe.pub
`,
  });
});

test('whoever is not root hears what Guix says, once', async ({ world }) => {
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', entryPoint];
  const words = [...user, 'substitutes', 'authorize'];
  const refused = await runIn(world, words, { cwd: '/tmp' });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(
    /^(\+ The key \S+ is authorized already\n)+\+ guix-entry-point: Cannot authorize \S+\.pub(, \S+\.pub)+: 'guix archive --authorize' failed \(exit status 1\)\.\n\+ It said:\n\+ {3}guix archive: error: .*Permission denied\n\+ Hint: .* as root\.\n$/,
  );
  const there = await runIn(world, [...words, 'berlin.guix.gnu.org'], { cwd: '/tmp' });
  expect(there.status).toBe(0);
});

test('GUIX_CONFIGURATION_DIRECTORY counts', async ({ world }) => {
  const env = { GUIX_CONFIGURATION_DIRECTORY: '/srv/etc' };
  const words = ['substitutes', 'authorize', 'ci.guix.moe'];
  const outcome = await run(world, words, { env });
  expect(outcome).toMatchObject({ status: 0, stderr: '+ Authorized the key ci.guix.moe.pub\n' });
  expect(countKeys(world, '/srv/etc/acl')).toBe(1);
});

test('without guix, and with one that keeps its keys elsewhere', async ({ world }) => {
  const words = ['substitutes', 'authorize', 'ci.guix.moe'];
  const missing = await run(world, words, { env: { PATH: '/srv/bin' } });
  expect(missing.status).toBe(1);
  expect(missing.stderr).toContain('Cannot find guix, which keeps the list of keys.\n');
  expect(missing.stderr).toContain('\n+   /srv/bin/guix\n');
  mkdirSync(world.at('/srv/bin'));
  writeFileSync(world.at('/srv/bin/guix'), '#!/bin/sh\nexit 0\n');
  chmodSync(world.at('/srv/bin/guix'), 0o755);
  const elsewhere = await run(world, words, { env: { PATH: '/srv/bin' } });
  expect(elsewhere.status).toBe(1);
  expect(elsewhere.stderr).toContain(`Guix took ci.guix.moe.pub, and ${acl} does not show it.\n`);
});

test('--json tells each key as an event', async ({ world }) => {
  const { status, stdout, stderr } = await authorize(world, '--json', 'ci.guix.moe');
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(JSON.parse(stderr)).toMatchObject({
    event: 'key-authorized',
    key: 'ci.guix.moe.pub',
    isNew: true,
  });
});
