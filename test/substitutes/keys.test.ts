import { expect, test } from 'vitest';
import { readAcl, readPublicKey } from '../../src/substitutes/keys.ts';
import { parseSexp, renderSexp } from '../../src/substitutes/sexp.ts';

const hex = '8D156F295D24B0D9A86FA5741A840FF2D24F60F7B6C4134814AD55625971B394';
const key = `(public-key (ecc (curve Ed25519) (q #${hex}#)))`;

test.for([
  key,
  key.replaceAll(' ', '\n  '),
  key.replace(hex, hex.toLowerCase()),
  key.replace(hex, `${hex.slice(0, 20)}\n ${hex.slice(20)}`),
])('the same key: %j', (text) => {
  expect(readPublicKey(text)).toBe(key);
});

test.for([
  '',
  '(',
  `${key})`,
  `${key} ${key}`,
  key.slice(0, -1),
  key.replace('8D', ''),
  key.replace('8D', 'XY'),
  key.replace('Ed25519', 'NIST P-256'),
  key.replace('public', 'private'),
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI host',
  '-----BEGIN PGP PUBLIC KEY BLOCK-----',
])('no key: %j', (text) => {
  expect(readPublicKey(text)).toBeUndefined();
});

function entry(one: string, tag: string): string {
  return `(entry ${one} (tag (guix ${tag})))`;
}

test('of an access control list, those that may sign what is imported', () => {
  const other = key.replace('8D', '8E');
  const acl = `(acl\n ${entry(key, 'import')} ${entry(other, 'export')})`;
  expect([...readAcl(acl)]).toEqual([key]);
  expect([...readAcl('(acl)')]).toEqual([]);
});

test.for(['(a (b "c (d) \\" e") #0f #) (f)', '"', '#0', '(#0g#)'])('stray text: %j', (text) => {
  expect(() => parseSexp(text)).toThrow(SyntaxError);
});

test('what an s-expression means is what counts', () => {
  expect(renderSexp(parseSexp(' ( a\n(b  "c )" )( )#0f A1# )'))).toBe('(a (b #632029#) () #0FA1#)');
});
