import type { Build } from '../build-logs/build.ts';
import type { StoredLog } from '../build-logs/tree.ts';
import type { Report } from '../events/event.ts';
import type { LogsRequest } from '../options/options.ts';

/** A build that has come to something, and its log as the daemon has stored it. */
export type LoggedBuild = Build & StoredLog;

export type Circumstances = {
  readonly environment: Readonly<Record<string, string>>;
  readonly report: Report;
};

/** Does what was asked for with the builds that were selected, the newest first. */
export type Action = (
  builds: readonly LoggedBuild[],
  request: LogsRequest,
  circumstances: Circumstances,
) => Promise<void>;
