import { failureStatus } from '../errors/status.ts';
import type { SubstitutesAction, SubstitutesRequest } from '../options/options.ts';
import type { Action, Circumstances } from './action.ts';
import { authorizeKeys } from './authorize.ts';
import { listMeasured } from './list.ts';

const actions: { readonly [A in SubstitutesAction]: Action } = {
  list: listMeasured,
  authorize: authorizeKeys,
};

/**
 * Deals with the substitute servers in force and the keys that sign what they have; no daemon is
 * started for it. What goes wrong with one is told, and the rest goes on. Returns the exit status.
 */
export async function runSubstitutesWord(
  request: SubstitutesRequest,
  { environment, report }: Circumstances,
): Promise<number> {
  let status = 0;
  await actions[request.action](request, {
    environment,
    report(event) {
      if (event.event === 'failure') status = failureStatus.incomplete;
      report(event);
    },
  });
  return status;
}
