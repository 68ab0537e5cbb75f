import type { Report } from '../events/event.ts';
import { nameCertificates } from './certificates.ts';
import { replaceMissingLocales } from './locale.ts';
import { loadProfiles } from './profile.ts';
import type { Environment } from './profile-script.ts';

type Circumstances = {
  /** Those that are there, as `listProfiles` has them. */
  readonly profiles: readonly string[];
  /** Finds the program `guix` on a PATH. */
  readonly findGuix: (path: string | undefined) => string | undefined;
  /** Calls it off. */
  readonly signal: AbortSignal;
  readonly report: Report;
};

/** The environment in which Guix works: its profiles, certificates, and a locale that it has. */
export async function prepareEnvironment(
  environment: Environment,
  { profiles, findGuix, signal, report }: Circumstances,
): Promise<Environment> {
  const loaded = await loadProfiles(environment, profiles, { signal, report });
  const named = nameCertificates(loaded, profiles);
  return replaceMissingLocales(named, { findGuix: () => findGuix(named['PATH']), report });
}
