import type { ProfileRules } from '../daemon/kind.ts';
import type { Report } from '../events/event.ts';
import { nameCertificates } from './certificates.ts';
import { replaceMissingLocales } from './locale.ts';
import { loadProfiles } from './profile.ts';
import type { Environment } from './profile-script.ts';

type Circumstances = {
  readonly rules: ProfileRules;
  /** Finds the program `guix` on a PATH. */
  readonly findGuix: (path: string | undefined) => string | undefined;
  /** Calls it off. */
  readonly signal: AbortSignal;
  readonly report: Report;
};

/** The environment in which Guix or Nix works: its profiles, certificates, and a locale that Guix has. */
export async function prepareEnvironment(
  environment: Environment,
  { rules, findGuix, signal, report }: Circumstances,
): Promise<Environment> {
  const loaded = await loadProfiles(environment, rules, { signal, report });
  const named = nameCertificates(loaded, rules);
  return replaceMissingLocales(named, { findGuix: () => findGuix(named['PATH']), report });
}
