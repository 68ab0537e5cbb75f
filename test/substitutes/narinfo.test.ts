import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guixNarinfo } from '../../src/substitutes/gateway/guix-narinfo.ts';
import type { Wanted } from '../../src/substitutes/gateway/narinfo.ts';

const hash = 'p9iqmd29fdw485sh18pcx0v5qdgmymcb';
/** What a real `guix publish` has signed. */
const text = readFileSync(
  join(import.meta.dirname, `../fixtures/narinfos/${hash}.narinfo`),
  'latin1',
);
const key =
  '(public-key (ecc (curve Ed25519) (q #4EA9B639D25F5AFED7D80738AD06030C0E1CDAAB3E4CD51B5E4C4FF65415D742#)))';
const acl = new Set([key]);

type Asked = Partial<Wanted> & { readonly acl?: ReadonlySet<string> };

/** A narinfo and what comes of it. */
function read(given: string, { acl: trusted = acl, ...wanted }: Asked = {}): unknown {
  const bytes = Buffer.from(given, 'latin1');
  const narinfo = guixNarinfo.read(bytes, { hash, store: '/gnu/store', ...wanted });
  if ('is' in narinfo) return narinfo;
  const { judge, ...fields } = narinfo;
  const verdict = judge(trusted);
  return verdict.is === 'good' ? { ...fields, ...verdict } : verdict;
}

/** Changes what the signature holds, which is base64 of an s-expression. */
function resign(change: (sexp: string) => string): string {
  return text.replace(/(?<=Signature: 1;vm;).*/, (base64) =>
    Buffer.from(change(Buffer.from(base64, 'base64').toString('latin1'))).toString('base64'),
  );
}

test('a narinfo that is signed by an authorized key', () => {
  expect(read(text)).toMatchObject({
    bytes: Buffer.from(text, 'latin1'),
    storePath: `/gnu/store/${hash}-hello-2.12`,
    narHash: 'sha256:1kky6dc5n4sjgmxja7hnbzc718hf0anqj3qc3l9w9gwcifd3fjaq',
    nars: [
      // Fields of a name belong to each other by their places: the first size is the first nar's.
      { url: `nar/gzip/${hash}-hello-2.12`, compression: 'gzip', size: 123 },
      { url: `nar/zstd/${hash}-hello-2.12`, compression: 'zstd', size: undefined },
    ],
    publicKey: key,
  });
});

test.for([
  ['another key', text, { acl: new Set<string>() }, { is: 'unauthorized', publicKey: key }],
  ['another item', text, { hash: hash.replace('p', 'q') }, { is: 'of another item' }],
  ['another store', text, { store: '/nix/store' }, { is: 'of another item' }],
  ['no signature', text.replace(/Signature.*\n/, ''), {}, { is: 'unsigned' }],
  ['no s-expression', text.replace(/1;vm;.*/, '1;vm;AAAA'), {}, { is: 'unsigned' }],
  ['another version', text.replace('1;vm', '2;vm'), {}, { is: 'unsigned' }],
  ['a signature above all', text.replace(/^([^]*)(Signature.*\n)/, '$2$1'), {}, { is: 'unsigned' }],
  ['no nars', text.replace(/^(URL|Compression|FileSize).*\n/gm, ''), {}, { is: 'malformed' }],
  ['another size', text.replace('128', '129'), {}, { is: 'falsely signed' }],
  ['another r', resign((it) => it.replace('r #0B', 'r #0C')), {}, { is: 'falsely signed' }],
  ['another s', resign((it) => it.replace('s #0E', 's #0F')), {}, { is: 'falsely signed' }],
  ['no s', resign((it) => it.replace(/\(s #.*?#\)/, '')), {}, { is: 'falsely signed' }],
  ['an s of 0', resign((it) => it.replace(/s #.*?#/, 's #00#')), {}, { is: 'falsely signed' }],
  ['an r of 0', resign((it) => it.replace(/r #.*?#/, 'r #00#')), {}, { is: 'falsely signed' }],
  ['a huge r', resign((it) => it.replace('r #0', 'r #F')), {}, { is: 'falsely signed' }],
  ['another hash', resign((it) => it.replace('sha256', 'sha512')), {}, { is: 'falsely signed' }],
  ['nothing', '', {}, { is: 'unsigned' }],
  ['bytes', '\0\xff'.repeat(1000), {}, { is: 'unsigned' }],
] as const)('%s', ([, narinfo, wanted, expected]) => {
  expect(read(narinfo, wanted)).toEqual(expected);
});

test('a key that is no point of the curve, authorized all the same', () => {
  const broken = key.replace('4EA9', '4EAA');
  const signed = resign((sexp) => sexp.replace('4EA9', '4EAA'));
  expect(read(signed, { acl: new Set([broken]) })).toEqual({ is: 'falsely signed' });
});
