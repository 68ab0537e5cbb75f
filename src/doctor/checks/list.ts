import type { Check } from '../check.ts';
import { certificates } from './certificates.ts';
import { environment } from './environment.ts';
import { locale } from './locale.ts';

/** Every check there is, in the order in which they are told. */
export const checks: readonly Check[] = [environment, certificates, locale];
