import { Signals } from '../command/signals.ts';
import { type Chosen, chooseDaemon } from '../daemon/choose.ts';
import { guix } from '../daemon/guix.ts';
import { prepareEnvironment } from '../environment/prepare.ts';
import { EntryPointError } from '../errors/failure.ts';
import { failureStatus } from '../errors/status.ts';
import type { Report } from '../events/event.ts';
import type { DoctorRequest } from '../options/options.ts';
import { adoptOrphans } from '../processes/children.ts';
import { prepareToExitAtOnce } from '../processes/libc.ts';
import { restoreDescriptorLimit } from '../processes/limits.ts';
import { findOnPath } from '../processes/path.ts';
import type { Check, Machine } from './check.ts';
import { chooseChecks } from './choose.ts';
import { type Examined, examine } from './examine.ts';
import { openProgress } from './progress.ts';
import { openTelling } from './tell.ts';

type Circumstances = {
  readonly environment: Readonly<Record<string, string>>;
  readonly report: Report;
};

/**
 * Examines the machine, tells what was found as soon as it is, and mends what is safe to mend if that
 * is asked for. Returns the exit status.
 */
export async function runDoctor(
  { names, options }: DoctorRequest,
  { environment: given, report }: Circumstances,
): Promise<number> {
  const chosen = chooseChecks(names);
  const signals = new Signals({ report, grace: options.grace });
  const { calledOff: signal } = signals;
  const daemon = chooseDaemon(options, given);
  const loaded = await loadOrExplain(given, daemon, signal);
  // From here on Node's own `child_process` can't be used: we reap before it does.
  restoreDescriptorLimit();
  adoptOrphans();
  prepareToExitAtOnce();
  const machine: Machine = { ...daemon, given, ...loaded, options, signal, report };
  const telling = openTelling(chosen, { environment: given, logFormat: options.logFormat });
  const progress = openProgress(given);
  const all: Examined[] = [];
  for (const check of chosen) {
    progress.show(check.name);
    const examined = await examineOrReport(check, machine);
    progress.clear();
    signal.throwIfAborted();
    all.push(...examined);
    if (!telling.tell(check.name, examined)) break;
  }
  telling.sum(all);
  if (all.some(({ isBug }) => isBug === true)) return failureStatus.bug;
  return all.some(isBroken) ? failureStatus.incomplete : 0;
}

function isBroken({ finding, fixed }: Examined): boolean {
  return finding.state === 'broken' && fixed !== true;
}

/** A profile that can't be loaded is something to be told, and the rest is looked at without it. */
async function loadOrExplain(
  given: Circumstances['environment'],
  { kind }: Chosen,
  signal: AbortSignal,
): Promise<Pick<Machine, 'environment' | 'profileFailure'>> {
  try {
    const environment = await prepareEnvironment(given, {
      rules: kind.profiles,
      findGuix: (path) => (kind === guix ? findOnPath(guix.client, path) : undefined),
      signal,
      // What it would tell a run is for the checks to find.
      report: () => {},
    });
    return { environment, profileFailure: undefined };
  } catch (error) {
    if (!(error instanceof EntryPointError)) throw error;
    return { environment: given, profileFailure: error.failure };
  }
}

/** A bug in one check doesn't keep the others from being made. */
async function examineOrReport(check: Check, machine: Machine): Promise<readonly Examined[]> {
  try {
    return await examine(check, machine);
  } catch (error) {
    machine.signal.throwIfAborted();
    machine.report({
      event: 'bug',
      stack: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    const text = 'this check has a bug; what it is stands on standard error';
    return [{ finding: { state: 'broken', text }, isBug: true }];
  }
}
