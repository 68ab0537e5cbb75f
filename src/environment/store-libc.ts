import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './profile-script.ts';
import { leadsIntoStore } from './stores.ts';

/** The C library of programs in a store. */
export type StoreLibc = {
  readonly version: string;
  readonly hasLocale: (locale: string) => boolean;
};

/** Where Guix's glibc looks behind `GUIX_LOCPATH` (its `libc_cv_complocaledir`). */
const systemLocales = '/run/current-system/locale';

/** That which a program loads, or the interpreter of a script; `undefined`: none of a store. */
export function findStoreLibc(program: string, environment: Environment): StoreLibc | undefined {
  const version = readGlibcVersion(program);
  if (version === undefined) return undefined;
  const path = environment['GUIX_LOCPATH'] || environment['LOCPATH'] || '';
  const directories = [...path.split(':').filter(Boolean), systemLocales];
  return {
    version,
    hasLocale: (locale) =>
      (isBuiltIn(locale) && hasBuiltIn(version)) ||
      directories.some((directory) =>
        // Guix's glibc takes only locales of its own version (glibc-versioned-locpath.patch).
        spell(locale).some((name) => existsSync(join(directory, version, name))),
      ),
  };
}

function isBuiltIn(locale: string): boolean {
  return /^C\.utf-?8$/i.test(locale);
}

/** C.UTF-8 needs no file since glibc 2.35. */
function hasBuiltIn(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || minor >= 35;
}

/** As it is written, and with its codeset as glibc normalizes that: `en_US.UTF-8`, `en_US.utf8`. */
function spell(locale: string): readonly string[] {
  const [, place = locale, codeset, modifier = ''] = /^([^.@]+)\.([^@]+)(@.*)?$/.exec(locale) ?? [];
  if (codeset === undefined) return [locale];
  const letters = codeset.toLowerCase().replace(/[^a-z0-9]/g, '');
  const normalized = /^\d+$/.test(letters) ? `iso${letters}` : letters;
  return [locale, `${place}.${normalized}${modifier}`];
}

/**
 * The version of the glibc whose loader a program names near its beginning:
 * `/gnu/store/…-glibc-2.39/lib/ld-linux-x86-64.so.2`.
 */
function readGlibcVersion(program: string): string | undefined {
  try {
    const file = realpathSync.native(program);
    const start = readStart(file);
    const [, interpreter] = /^#! *(\S+)/.exec(start) ?? [];
    if (interpreter !== undefined && leadsIntoStore(interpreter)) {
      return readLoader(readStart(interpreter));
    }
    return readLoader(start);
  } catch {
    return undefined;
  }
}

function readLoader(start: string): string | undefined {
  return /\/(?:gnu|nix)\/store\/[^/\0]+-glibc-(\d+\.\d+)[^\0]*\/ld-/.exec(start)?.[1];
}

function readStart(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(4096);
    return start.toString('latin1', 0, readSync(descriptor, start));
  } finally {
    closeSync(descriptor);
  }
}
