import { openRunLogs } from './build-logs/open.ts';
import { openCache } from './cache/open.ts';
import { planInvocation } from './command/invocation.ts';
import { runPrompt } from './command/prompt.ts';
import { runCommand } from './command/run.ts';
import { Signals } from './command/signals.ts';
import { type Chosen, chooseDaemon } from './daemon/choose.ts';
import { openDaemon } from './daemon/daemon.ts';
import { guix } from './daemon/guix.ts';
import { locateDaemon } from './daemon/locate.ts';
import { chooseManner } from './daemon/manner.ts';
import { followTempRoots } from './daemon/temp-roots.ts';
import type { Wish } from './daemon/wish.ts';
import { prepareEnvironment } from './environment/prepare.ts';
import type { Environment } from './environment/profile-script.ts';
import { fitEnvironments } from './environment/store-variables.ts';
import type { Report } from './events/event.ts';
import { openHints } from './hints/open.ts';
import { findContainer } from './machine/container.ts';
import { readMounts } from './machine/mounts.ts';
import type { Explanation, Obstacle } from './machine/sandbox.ts';
import type { Options, Task } from './options/options.ts';
import { adoptOrphans } from './processes/children.ts';
import { findInheritedDescriptors } from './processes/descriptors.ts';
import { exitStatus } from './processes/ending.ts';
import { restoreDescriptorLimit } from './processes/limits.ts';
import { findOnPath } from './processes/path.ts';
import { findChildren, readLink } from './processes/proc.ts';
import { isTerminal } from './processes/terminal.ts';
import { prepareSubstitutes } from './substitutes/open.ts';

/** What `main` hands to a run: everything that comes from outside. */
type Circumstances = {
  readonly environment: Environment;
  readonly report: Report;
};

/** Runs a task under a daemon and returns the exit status. The life of a run is this list. */
export async function runSession(
  task: Task,
  options: Options,
  { environment, report: tell }: Circumstances,
): Promise<number> {
  const chosen = chooseDaemon(options, environment, task);
  const { kind } = chosen;
  const hints = openHints(tell, kind);
  const { report } = hints;
  const inherited = findInheritedDescriptors();
  // Whoever executed us may have had children: `exec > >(tee log); exec guix-entry-point …`.
  const before = new Set(findChildren(process.pid));
  const signals = new Signals({ report, grace: options.grace });

  const rules = kind.profiles;
  const loaded = await prepareEnvironment(environment, {
    rules,
    // Nix's programs complain of no locale.
    findGuix: (path) => (kind === guix ? findOnPath(guix.client, path) : undefined),
    signal: signals.calledOff,
    report,
  });
  const fit = fitEnvironments({
    given: environment,
    loaded,
    rules,
    clean: options.cleanEnvironment,
    report,
  });
  // From here on Node's own `child_process` can't be used: we reap before it does.
  restoreDescriptorLimit();
  if (!adoptOrphans()) report({ event: 'orphans-unreachable' });

  if (task.is === 'input' && readLink('self', 0) === '/dev/null') {
    report({ event: 'nothing-to-run' });
  }
  const planned =
    task.is === 'input' && isTerminal(0)
      ? undefined
      : await planInvocation(task, { environment: loaded, trace: options.trace });

  await using _cache = await openCache({
    environment: loaded,
    report,
    signal: signals.calledOff,
    isLive: options.logFormat === 'text' && isTerminal(2) && loaded['TERM'] !== 'dumb',
    listMountPoints: () => readMounts().map(({ point }) => point),
  });
  await using substitutes = prepareSubstitutes({
    options,
    kind,
    environment: loaded,
    report,
  });
  const where = () => ({
    kind,
    environment: loaded,
    container: findContainer(environment),
    store: kind.store,
    stateDirectory: kind.stateDirectory(loaded),
    logDirectory: kind.logDirectory(loaded),
  });
  const wish = {
    ...describeDaemon(options, chosen, { environment, loaded }),
    substitutes: substitutes.forDaemon,
    fit,
  };
  const run = { report, signal: signals.calledOff };
  await using daemon = await openDaemon(wish, run).catch((error: unknown) =>
    hints.explain(error, where),
  );

  // From now on, because what a session wanted can't be asked any more when it has ended.
  using tempRoots = followTempRoots(kind.tempRoots(loaded), kind, () => {
    if (daemon.notice !== undefined) report(daemon.notice);
  });
  const logs = openRunLogs({
    options,
    isHere: daemon.writesLogsHere,
    logDirectory: kind.logDirectory(loaded),
    store: kind.store,
    findValid: daemon.findValid,
    listItems: tempRoots.listItems,
    settle: daemon.settle,
    stepSummary: environment['GITHUB_STEP_SUMMARY'] || undefined,
    report,
  });
  const surroundings = {
    environment: kind.tellClients(loaded, daemon),
    fit,
    inherited,
    spare: (pid: number) => before.has(pid) || daemon.owns(pid),
    signals,
    report,
  };
  const ending =
    planned === undefined
      ? await runPrompt(surroundings, {
          kind,
          trace: options.trace,
          onFailure: async (directory, status) => {
            await logs.unpack(directory);
            await hints.tell(status, where);
          },
        })
      : await runCommand(planned, surroundings);

  substitutes.tell();
  const status = exitStatus(ending);
  if (status !== 0 && planned !== undefined) await logs.unpackOrOlder('.');
  else if (status !== 0 || options.logs === 'all') await logs.unpack('.');
  else await daemon.settle();
  if (status !== 0 && planned !== undefined) await hints.tell(status, where);
  await logs.close();
  return status;
}

type Environments = { readonly environment: Environment; readonly loaded: Environment };

/** What daemon is wanted, and how one is found and started. */
function describeDaemon(
  options: Options,
  { kind, socket: usual }: Chosen,
  { environment, loaded }: Environments,
): Omit<Wish, 'substitutes' | 'fit'> {
  async function explain(obstacle: Obstacle): Promise<Explanation> {
    const { explainObstacle } = await import('./hints/obstacle.ts');
    return explainObstacle(obstacle, findContainer(environment));
  }
  return {
    kind,
    socket: usual,
    locate: () => locateDaemon({ kind, named: options.daemonProgram, environment: loaded }),
    options: options.daemonOptions,
    manner: (socket) => chooseManner({ ...options, kind, socket, environment: loaded, explain }),
    timeout: options.daemonTimeout,
  };
}
