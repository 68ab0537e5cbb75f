import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guix } from '../../src/daemon/guix.ts';
import type { Finding } from '../../src/doctor/check.ts';
import { certificates } from '../../src/doctor/checks/certificates.ts';
import { environment } from '../../src/doctor/checks/environment.ts';
import { locale } from '../../src/doctor/checks/locale.ts';
import { parseRequest } from '../../src/options/parse.ts';
import { expect, test } from '../support/directory.ts';

const checks = { environment, certificates, locale };

type Given = Readonly<Record<string, string>>;

async function examine(
  name: keyof typeof checks,
  given: Given,
  words: readonly string[] = [],
): Promise<readonly Finding[]> {
  const request = parseRequest([...words, 'doctor'], {});
  if (request.word !== 'doctor') throw new Error('this is no doctor');
  return checks[name].examine({
    kind: guix,
    socket: '/nowhere',
    given,
    environment: given,
    options: request.options,
    profileFailure: undefined,
    signal: AbortSignal.any([]),
    report: () => {},
  });
}

test('environment: a variable that leads into a store is odd, unless it is taken away', async () => {
  const given = { HOME: '/nowhere', PATH: '/bin', LD_LIBRARY_PATH: '/opt:/gnu/store/abc-x/lib' };
  expect(await examine('environment', given)).toMatchObject([
    {
      state: 'odd',
      text: 'LD_LIBRARY_PATH leads into a store: /gnu/store/abc-x/lib',
      command: 'export GUIX_ENTRY_POINT_CLEAN_ENVIRONMENT=1',
    },
  ]);
  expect(await examine('environment', given, ['--clean-environment'])).toMatchObject([
    { state: 'fine' },
  ]);
  expect(await examine('environment', { HOME: '/nowhere', PATH: '/bin' })).toMatchObject([
    { state: 'fine', text: 'no variable makes programs load code from a store' },
  ]);
});

test('certificates: a name of nothing is broken, and so is an empty directory', async ({
  directory,
}) => {
  const given = { HOME: directory, SSL_CERT_FILE: '/nowhere.pem' };
  // Of those that follow it, nobody can do anything.
  expect(await examine('certificates', given)).toMatchObject([
    { state: 'broken', text: 'SSL_CERT_FILE names /nowhere.pem, which is not there' },
  ]);
  const own = join(directory, 'certs');
  mkdirSync(own);
  const none = { HOME: directory, SSL_CERT_DIR: own };
  expect(await examine('certificates', none)).toMatchObject([{ state: 'broken' }]);
  writeFileSync(join(own, 'one.pem'), '');
  expect(await examine('certificates', none)).toEqual([
    { state: 'fine', text: `certificates: ${own}` },
  ]);
});

test('locale: one that Guix has not got is odd', async ({ directory }) => {
  const loader = '/gnu/store/abc-glibc-2.39/lib/ld-linux-x86-64.so.2';
  writeFileSync(join(directory, 'guix'), `\u007fELF\0${loader}\0`, { mode: 0o755 });
  const given = { HOME: directory, PATH: directory };
  expect(await examine('locale', { ...given, LANG: 'en_US.UTF-8' })).toMatchObject([
    { state: 'odd', text: 'LANG is en_US.UTF-8, a locale that Guix has not got' },
  ]);
  expect(await examine('locale', { ...given, LANG: 'C.UTF-8' })).toEqual([
    { state: 'fine', text: 'locale: C.UTF-8' },
  ]);
  expect(await examine('locale', { HOME: directory, PATH: '/nowhere' })).toEqual([]);
});
