import type { Report } from '../events/event.ts';
import { hasLocale as systemHasLocale } from '../processes/libc-locale.ts';
import { findStoreLibc, type StoreLibc } from './store-libc.ts';
import type { Environment } from './profile-script.ts';

/** Those of locale(7) that glibc knows, and all of which `setlocale(LC_ALL, "")` wants. */
const categories = [
  ...['LC_CTYPE', 'LC_NUMERIC', 'LC_TIME', 'LC_COLLATE', 'LC_MONETARY', 'LC_MESSAGES'],
  ...['LC_PAPER', 'LC_NAME', 'LC_ADDRESS', 'LC_TELEPHONE', 'LC_MEASUREMENT', 'LC_IDENTIFICATION'],
];

/** The variables that say which locale is wanted. */
export const localeVariables: readonly string[] = ['LC_ALL', ...categories, 'LANG'];

/** A variable that names a locale which can't be had. */
export type MissingLocale = { readonly name: string; readonly locale: string };

type Guix = {
  /** The program `guix`; asked for only if there is something to look after. */
  readonly findGuix: () => string | undefined;
  /** Whether this machine's C library has a locale. */
  readonly hasLocale?: (locale: string) => boolean;
};

/** The variables for which every guix command would warn that it failed to install a locale. */
export function findMissingLocales(
  environment: Environment,
  { findGuix, hasLocale = systemHasLocale }: Guix,
): { readonly missing: readonly MissingLocale[]; readonly instead: string } {
  const wanted = listWanted(environment);
  const guix = wanted.length === 0 ? undefined : findGuix();
  if (guix === undefined) return { missing: [], instead: 'C' };
  const libc: Pick<StoreLibc, 'hasLocale'> = findStoreLibc(guix, environment) ?? { hasLocale };
  return {
    missing: wanted.filter(({ locale }) => !libc.hasLocale(locale)),
    instead: libc.hasLocale('C.UTF-8') ? 'C.UTF-8' : 'C',
  };
}

/** Puts what every C library has where a locale can't be had; what works stays as it is. */
export function replaceMissingLocales(
  environment: Environment,
  { report, ...guix }: Guix & { readonly report: Report },
): Environment {
  const { missing, instead } = findMissingLocales(environment, guix);
  if (missing.length === 0) return environment;
  report({ event: 'locales-replaced', missing, instead });
  const replaced = Object.fromEntries(missing.map(({ name }) => [name, instead]));
  return { ...environment, ...replaced };
}

/** The variables that count (locale(7)), without those whose locale needs nothing. */
function listWanted(environment: Environment): readonly MissingLocale[] {
  const names = environment['LC_ALL'] ? ['LC_ALL'] : [...categories, 'LANG'];
  return names.flatMap((name) => {
    const locale = environment[name];
    return !locale || /^(C|POSIX|C\.utf-?8)$/i.test(locale) ? [] : [{ name, locale }];
  });
}
