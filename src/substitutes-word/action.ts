import type { Report } from '../events/event.ts';
import type { SubstitutesRequest } from '../options/options.ts';

export type Circumstances = {
  readonly environment: Readonly<Record<string, string>>;
  readonly report: Report;
};

/** Does what was asked for. */
export type Action = (request: SubstitutesRequest, circumstances: Circumstances) => Promise<void>;
