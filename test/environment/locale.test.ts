import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMissingLocales } from '../../src/environment/locale.ts';
import { expect, test } from '../support/directory.ts';

/** The beginning of a program that loads a store's C library. */
function makeGuix(directory: string, glibc: string): string {
  const file = join(directory, 'guix');
  const loader = `/gnu/store/s3jz1h9wqfcbb7w4r0b2xvmxslpnqkjs-glibc-${glibc}/lib/ld-linux-x86-64.so.2`;
  writeFileSync(file, `\u007fELF${'\0'.repeat(700)}${loader}\0${'\0'.repeat(5000)}`);
  return file;
}

const fail = (): never => {
  throw new Error('this C library is not to be asked');
};

const isKnown = (locale: string): boolean => ['fr_FR', 'C.UTF-8'].includes(locale);

test("a guix of the store has the locales of its own glibc's version in GUIX_LOCPATH", ({
  directory,
}) => {
  const guix = makeGuix(directory, '2.39');
  mkdirSync(join(directory, 'locale/2.39/en_US.utf8'), { recursive: true });
  mkdirSync(join(directory, 'locale/2.35/de_DE.utf8'), { recursive: true });
  const find = (environment: Readonly<Record<string, string>>): unknown =>
    findMissingLocales(environment, { findGuix: () => guix, hasLocale: fail });
  const GUIX_LOCPATH = `/nowhere:${join(directory, 'locale')}`;
  expect(find({ LANG: 'en_US.UTF-8', GUIX_LOCPATH })).toMatchObject({ missing: [] });
  expect(find({ LANG: 'en_US.UTF-8' })).toEqual({
    missing: [{ name: 'LANG', locale: 'en_US.UTF-8' }],
    instead: 'C.UTF-8',
  });
  expect(find({ LANG: 'de_DE.UTF-8', LC_TIME: 'en_US.UTF-8', GUIX_LOCPATH })).toMatchObject({
    missing: [{ name: 'LANG', locale: 'de_DE.UTF-8' }],
  });
  expect(find({ LC_ALL: 'C', LANG: 'de_DE.UTF-8' })).toMatchObject({ missing: [] });
});

test('a glibc before 2.35 has no C.UTF-8 of its own', ({ directory }) => {
  const guix = makeGuix(directory, '2.33');
  const environment = { LC_ALL: 'en_US.UTF-8' };
  expect(findMissingLocales(environment, { findGuix: () => guix, hasLocale: fail }).instead).toBe(
    'C',
  );
});

test('a guix of this machine has the locales of this machine', ({ directory }) => {
  const guix = join(directory, 'guix');
  writeFileSync(guix, '#!/usr/bin/guile \\\n');
  const environment = { LANG: 'fr_FR', LC_PAPER: 'xx', LC_NAME: '' };
  expect(findMissingLocales(environment, { findGuix: () => guix, hasLocale: isKnown })).toEqual({
    missing: [{ name: 'LC_PAPER', locale: 'xx' }],
    instead: 'C.UTF-8',
  });
});

test.for([{}, { LANG: 'C' }, { LANG: 'C.UTF-8', LC_ALL: '' }, { LC_ALL: 'POSIX', LANG: 'xx' }])(
  '%o needs nothing to be looked at',
  (environment) => {
    expect(findMissingLocales(environment, { findGuix: fail, hasLocale: fail })).toMatchObject({
      missing: [],
    });
  },
);
