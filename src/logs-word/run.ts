import { failureStatus } from '../errors/status.ts';
import { levelOf } from '../events/level.ts';
import type { LogsAction, LogsRequest } from '../options/options.ts';
import type { Action, Circumstances } from './action.ts';
import { listBuilds } from './list.ts';
import { searchBuilds } from './search.ts';
import { showBuilds } from './show.ts';
import { unpackBuilds } from './unpack.ts';

const actions: { readonly [A in LogsAction]: Action } = {
  list: listBuilds,
  show: showBuilds,
  unpack: unpackBuilds,
};

/**
 * Deals with the build logs of the store at hand, whoever wrote them; no daemon is started for it.
 * What goes wrong with one is told, and the rest goes on. Returns the exit status.
 */
export async function runLogsWord(
  request: LogsRequest,
  { environment, report }: Circumstances,
): Promise<number> {
  let status = 0;
  const circumstances: Circumstances = {
    environment,
    report(event) {
      if (['warn', 'error'].includes(levelOf[event.event])) status = failureStatus.incomplete;
      report(event);
    },
  };
  const builds = await searchBuilds(request, circumstances);
  if (builds.length > 0) await actions[request.action](builds, request, circumstances);
  return status;
}
