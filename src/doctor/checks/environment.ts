import { findOnPath } from '../../processes/path.ts';
import {
  findForeignVariables,
  findStoreVariables,
  type StoreVariable,
} from '../../environment/store-variables.ts';
import { leadsIntoStore } from '../../environment/stores.ts';
import type { Check, Finding } from '../check.ts';

export const environment: Check = {
  name: 'environment',
  title: "variables that make this machine's own programs load code from a store",
  examine({ kind, environment: loaded, given, options }) {
    const found = findStoreVariables(loaded);
    const foreign = findForeignVariables(found, { given, rules: kind.profiles });
    const isHarmless = options.cleanEnvironment || areProgramsInStore(loaded['PATH']);
    return found.length === 0
      ? [{ state: 'fine', text: 'no variable makes programs load code from a store' }]
      : found.map((variable) =>
          toFinding(variable, foreign.includes(variable) && !isHarmless ? 'odd' : 'fine'),
        );
  },
};

/** As on Guix System, where there are no others. */
function areProgramsInStore(path: string | undefined): boolean {
  const shell = findOnPath('sh', path);
  return shell !== undefined && leadsIntoStore(shell);
}

function toFinding({ name, entries }: StoreVariable, state: 'fine' | 'odd'): Finding {
  const text = `${name} leads into a store: ${entries.join(' ')}`;
  if (state === 'fine') return { state, text };
  return {
    state,
    text,
    meaning:
      "This machine's own programs load code from there, made for another C library or another version of themselves, and can fail in any way. Programs in the store keep the variable.",
    command: 'export GUIX_ENTRY_POINT_CLEAN_ENVIRONMENT=1',
  };
}
