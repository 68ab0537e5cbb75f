import { callLibc } from './libc.ts';

/** `LC_ALL_MASK` of glibc. */
const allCategories = 0x1f_bf;

/** Whether the C library that we run on has a locale, asked as setlocale(3) asks. */
export function hasLocale(locale: string): boolean {
  return callLibc('newlocale', allCategories, locale, null) !== 0;
}
