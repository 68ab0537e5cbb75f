import type { Check } from '../check.ts';

/** Every check there is, in the order in which they are told. */
export const checks: readonly Check[] = [];
