import { expect, test } from 'vitest';
import { findEntries, findForms, readField, readScheme } from '../../src/doctor/scheme.ts';

const code = `
;; (channel (name 'commented) (commit "0000000"))
#| (channel (name 'block) (commit "1111111")) |#
(cons* (channel
         (name 'guix) ; "
         (url "https://example.org/guix(.git")
         (commit "abc\\"def")
         (introduction (make-channel-introduction "2222222" (openpgp-fingerprint "AA BB"))))
       #;(channel (name 'left-out) (commit "3333333"))
       (map identity (list [channel (name 'other) (branch "main")]))
       %default-channels)`;

test('channels are found wherever they stand, and not in comments', () => {
  const channels = findForms(readScheme(code), 'channel');
  expect(channels.map((one) => [readField(one, 'name'), readField(one, 'commit')])).toEqual([
    ['guix', 'abc\\"def'],
    ['other', undefined],
  ]);
});

test('entries of a manifest are found by their names', () => {
  const manifest = '(manifest (version 4) (packages (("guix" "1" "out") ("other" "2" ()))))';
  expect(findEntries(readScheme(manifest)).map(({ name }) => name)).toEqual(['guix', 'other']);
});

test.for(['', "'", '#;', '(x #;)', '#\\( #\\space', '(a "(" #\\))'])('%j is no error', (text) => {
  expect(findForms(readScheme(text), 'channel')).toEqual([]);
});

test.for([')', '((((', '"', '(a "b)', '\0\u0001'])('%j can’t be read', (text) => {
  expect(() => readScheme(text)).toThrow(/^it/);
});

test('lists that are too deep can’t be read', () => {
  const deep = `${'('.repeat(100_000)}${')'.repeat(100_000)}`;
  expect(() => readScheme(deep)).toThrow('its lists are too deep');
});
