import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SetUp } from '../../src/daemon/kind.ts';
import { nixDialect } from '../../src/substitutes/nix.ts';
import { expect, test } from '../support/directory.ts';

/** Nix with these settings, and files of its own in a directory. */
function setUp(directory: string, settings = ''): SetUp {
  const environment = { HOME: directory, NIX_CONF_DIR: directory, NIX_CONFIG: settings };
  return { environment, daemonOptions: [] };
}

/** A key pair as `nix-store --generate-binary-cache-key` writes it. */
function makeKeys(name: string): { readonly secret: string; readonly shown: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const half = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  const secret = Buffer.concat([seed, half]).toString('base64');
  return { secret: `${name}:${secret}`, shown: `${name}:${half.toString('base64')}` };
}

test('keys: those that are trusted, then those that Nix signs with', ({ directory }) => {
  const [one, other] = [makeKeys('one.test-1'), makeKeys('other.test-1')];
  writeFileSync(join(directory, 'one'), one.secret);
  writeFileSync(join(directory, 'other'), `${other.secret}\n`);
  const files = ['one', 'missing', 'other'].map((name) => join(directory, name));
  const settings = `secret-key-files = ${files.join(' ')}\ntrusted-public-keys = trusted.test-1:AAAA`;
  const keys = nixDialect.followKeys(setUp(directory, settings))();
  expect([...keys]).toEqual(['trusted.test-1:AAAA', one.shown, other.shown]);
});

const [one, other] = ['http://one.example', 'https://other.example'];

test.for([
  ['nothing', '', [one, other]],
  ['a machine', 'machine one.example login me password secret', [other]],
  ['both', 'machine one.example\nlogin me\npassword x machine other.example password y', []],
  ['default', 'machine third.example password x\ndefault login me password secret', []],
  ['a login called default', 'machine one.example login default password x', [other]],
  ['a password called machine', 'machine one.example password machine login default', [other]],
] as const)('netrc, %s: who is asked through the gateway', ([, netrc, urls], { directory }) => {
  writeFileSync(join(directory, 'netrc'), netrc);
  const servers = [one, other].map((url) => ({ url }));
  const chosen = nixDialect.chooseForGateway(servers, setUp(directory));
  expect(chosen.map(({ url }) => url)).toEqual(urls);
});
