// What real Nix has written and signed: 2.8 and 2.34, `nix copy --to file://` and `nix store sign`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeNixBase32 } from '../../src/store/base32.ts';
import { readHash } from '../../src/substitutes/gateway/nix-hash.ts';
import { nixNarinfo } from '../../src/substitutes/gateway/nix-narinfo.ts';

/** The keys of the cache and of somebody else, who has signed, too. */
const versions = {
  '2.8': [
    'cache.test-1:kc0/kcHRle90VGqZlRXXT0z6vhYIDo+n1hmPMKMiJ2o=',
    'other.test-1:38H4AZYw6DTocCccpGju05ZTjkGrODq18cefTRkGB50=',
  ],
  '2.34': [
    'cache.test-1:ffXcX71s3pv/atzN6apys+WfkkONuMomXjkLAiESQJI=',
    'other.test-1:zDvmUvyTrR4rHg9i/K5pmWp8uckZmWt7+EurEXuViyM=',
  ],
} as const;
const [cacheKey, otherKey] = versions['2.34'];

function load(name: string): string {
  return readFileSync(
    join(import.meta.dirname, `../fixtures/narinfos/nix/${name}.narinfo`),
    'utf8',
  );
}

const signed = load('signed-by-2.34');

function judge(text: string, trusted: readonly string[] = [cacheKey]): unknown {
  const hash = /^StorePath: \/nix\/store\/(.{32})/m.exec(text)?.[1] ?? '';
  const narinfo = nixNarinfo.read(Buffer.from(text), { hash, store: '/nix/store' });
  return 'is' in narinfo ? narinfo : narinfo.judge(new Set(trusted));
}

test.for(Object.entries(versions))('signed by %s', ([version, keys]) => {
  const text = load(`signed-by-${version}`);
  for (const key of keys) expect(judge(text, [key])).toEqual({ is: 'good', publicKey: key });
});

test('what a narinfo says', () => {
  const hash = 'kbf8kqs3alhsd1hsipfnq8s5vdx5wn77';
  expect(nixNarinfo.read(Buffer.from(signed), { hash, store: '/nix/store' })).toMatchObject({
    bytes: Buffer.from(signed),
    storePath: `/nix/store/${hash}-referring`,
    narHash: 'sha256:0x701bw2b4bgab3v88pnm743spp8inqj9307wmqbdm8zps9h4gkl',
    nars: [
      {
        url: 'nar/0j2z1vi82qfzykc2fh6qgxlq2ccp5p24lggyc642h162rhzr47kg.nar.xz',
        compression: 'xz',
        size: 248,
      },
    ],
  });
});

/** Another way to write the same hash. */
function rewrite(encoding: 'hex' | 'base64'): string {
  return signed.replace(/(?<=NarHash: sha256:).*/, (base32) =>
    String(readHash(`sha256:${base32}`)?.bytes.toString(encoding)),
  );
}

test.for<[string, string]>([
  ['a hash in hexadecimal', rewrite('hex')],
  ['a hash in base64', rewrite('base64')],
  ['references in another order', signed.replace(/(References:) (\S+) (.*)/, '$1 $3 $2')],
  ['a false signature before the good one', signed.replace(/Sig: /, 'Sig: cache.test-1:AAAA\n$&')],
  ['another place of the nar', signed.replace(/URL: .*/, 'URL: nar/x')],
])('the same: %s', ([, text]) => {
  expect(judge(text)).toEqual({ is: 'good', publicKey: cacheKey });
});

const unauthorized = { is: 'unauthorized', publicKey: 'cache.test-1' };

test.for([
  ['no key', signed, [], unauthorized],
  ['the name of a key alone', signed, ['cache.test-1'], unauthorized],
  ['another key of that name', signed, [`cache.test-1:${otherKey.split(':')[1]}`], undefined],
  ['a broken key', signed, ['cache.test-1:AAAA'], undefined],
  ['no signature', signed.replaceAll(/Sig: .*\n/g, ''), [cacheKey], { is: 'unsigned' }],
  ['another size', signed.replace('NarSize: 2', 'NarSize: 3'), [cacheKey], undefined],
  ['another hash', signed.replace('NarHash: sha256:0', 'NarHash: sha256:1'), [cacheKey], undefined],
  ['a reference less', signed.replace(/References: \S+/, 'References:'), [cacheKey], undefined],
  ['a store path of that hash', signed.replace('-referring', '-other'), [cacheKey], undefined],
  ['an address that it has not', `${signed}CA: text:sha256:${'0'.repeat(52)}\n`, [], unauthorized],
  ['no hash', signed.replace(/NarHash: .*\n/, ''), [cacheKey], { is: 'malformed' }],
  ['half a hash', signed.replace(/(NarHash: .{20}).*/, '$1'), [cacheKey], { is: 'malformed' }],
  ['no nar', signed.replace(/URL: .*\n/, ''), [cacheKey], { is: 'malformed' }],
  ['nothing', '', [cacheKey], { is: 'malformed' }],
] as const)('refused: %s', ([, text, trusted, objection = { is: 'falsely signed' }]) => {
  expect(judge(text, trusted)).toEqual(objection);
});

test('of two keys with one name, the first counts', () => {
  const namesake = `cache.test-1:${otherKey.split(':')[1]}`;
  expect(judge(signed, [cacheKey, namesake])).toEqual({ is: 'good', publicKey: cacheKey });
  expect(judge(signed, [namesake, cacheKey])).toEqual({ is: 'falsely signed' });
});

test('another item, another store', () => {
  const hash = 'q'.repeat(32);
  const bytes = Buffer.from(signed);
  expect(nixNarinfo.read(bytes, { hash, store: '/nix/store' })).toEqual({ is: 'of another item' });
  const ours = { hash: 'kbf8kqs3alhsd1hsipfnq8s5vdx5wn77', store: '/gnu/store' };
  expect(nixNarinfo.read(bytes, ours)).toEqual({ is: 'of another item' });
});

const addressed = ['text', 'text-with-references', 'fixed-recursive', 'fixed-sha256', 'fixed-sha1'];

test.for(addressed)('addressed by its content, and signed by nobody: %s', (name) => {
  const text = load(name);
  expect(text).not.toContain('Sig:');
  expect(judge(text, [])).toEqual({ is: 'good' });
  const changed = [
    text.replace(
      /(CA: .*:)(.)/,
      (_, before: string, c: string) => before + (c === '0' ? '1' : '0'),
    ),
    text.replace(/CA: .*:/, 'CA: fixed:git:sha1:'),
    text.replace(/CA: .*:/, 'CA: fixed:sha512:'),
    text.replace(/References:.*/, `References: ${'a'.repeat(32)}-more`),
    text.replace(/(StorePath: .*)/, '$1-more'),
  ];
  expect(changed.map((one) => judge(one, []))).toEqual(changed.map(() => ({ is: 'unsigned' })));
});

const algorithms = [
  ['md5', 16],
  ['sha1', 20],
  ['sha256', 32],
  ['sha512', 64],
] as const;

test.for(algorithms)('%s in letters and back', ([algorithm, length]) => {
  const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 37 + 251) % 256));
  expect(readHash(`${algorithm}:${encodeNixBase32(bytes)}`)).toEqual({ algorithm, bytes });
});

test.for([
  '',
  ':',
  'sha256:',
  'sha257:00',
  'sha1:00',
  `sha256:${'e'.repeat(52)}`,
  // More than 256 bits.
  `sha256:2${'0'.repeat(51)}`,
])('no hash: %j', (text) => {
  expect(readHash(text)).toBeUndefined();
});
