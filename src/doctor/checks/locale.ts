import { findOnPath } from '../../processes/path.ts';
import { guix } from '../../daemon/guix.ts';
import { findMissingLocales, localeVariables } from '../../environment/locale.ts';
import { leadsIntoStore } from '../../environment/stores.ts';
import type { Check } from '../check.ts';

export const locale: Check = {
  name: 'locale',
  title: 'whether Guix has the locale that it is to speak in',
  only: 'guix',
  examine({ environment, given }) {
    // A run replaces them: what counts is what was wanted.
    const wanted = Object.fromEntries(
      localeVariables.flatMap((name) => (name in given ? [[name, given[name] ?? '']] : [])),
    );
    const program = findOnPath(guix.client, environment['PATH']);
    if (program === undefined) return [];
    const { missing, instead } = findMissingLocales(
      { ...environment, ...wanted },
      { findGuix: () => program },
    );
    if (missing.length === 0) {
      const said = given['LC_ALL'] || given['LC_CTYPE'] || given['LANG'] || 'C';
      return [{ state: 'fine', text: `locale: ${said}` }];
    }
    return missing.map(({ name, locale: value }) => ({
      state: 'odd' as const,
      text: `${name} is ${value}, a locale that Guix has not got`,
      meaning: `Every guix command would warn that it failed to install a locale. Commands get ${instead} instead.`,
      command: leadsIntoStore(program)
        ? 'guix install glibc-locales'
        : 'apt-get install --yes locales-all',
    }));
  },
};
