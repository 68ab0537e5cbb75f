import { parseAddress } from '../daemon/address.ts';
import { locateDaemon } from '../daemon/locate.ts';
import { chooseManner, type Manner } from '../daemon/manner.ts';
import { openDaemonBeside } from '../daemon/daemon.ts';
import type { Daemon } from '../daemon/wish.ts';
import { fitEnvironments } from '../environment/store-variables.ts';
import { explainObstacle } from '../hints/obstacle.ts';
import { findContainer } from '../machine/container.ts';
import type { Machine } from './check.ts';

/** The file on which clients look for the daemon; `undefined`: it is elsewhere, and not ours to start. */
export function findSocket({ socket }: Machine): string | undefined {
  const address = parseAddress(socket);
  return address.at === 'file' ? address.path : undefined;
}

/**
 * Starts a daemon beside the one that may be there, on a socket next to its, as a run would. `isolates`:
 * it does what it can to isolate builds, whatever we know of that; else it doesn't.
 */
export function startOwnDaemon(
  machine: Machine,
  wish: { readonly socket: string; readonly isolates: boolean; readonly timeout: number },
): Promise<Daemon> {
  const { kind, given, environment, options, signal, report } = machine;
  return openDaemonBeside(
    wish.socket,
    {
      kind,
      socket: wish.socket,
      locate: () => locateDaemon({ kind, named: options.daemonProgram, environment }),
      // Behind the user's: of settings, the last one counts.
      options: [...withoutOff(machine), ...(wish.isolates ? kind.isolation.on : [])],
      fit: fitEnvironments({
        given,
        loaded: environment,
        rules: kind.profiles,
        clean: options.cleanEnvironment,
        report: () => {},
      }),
      manner: () => chooseOwnManner(machine, wish),
      substitutes: (its) => ({ options: kind.substitutes.off, environment: its }),
      timeout: wish.timeout,
    },
    { report, signal },
  );
}

/** The user's options, without those by which it isolates no build. */
function withoutOff({ kind, options: { daemonOptions } }: Machine): readonly string[] {
  const off = kind.isolation.off.join(' ');
  return daemonOptions.join(' ').replaceAll(off, '').split(' ').filter(Boolean);
}

async function chooseOwnManner(
  machine: Machine,
  { socket, isolates }: { readonly socket: string; readonly isolates: boolean },
): Promise<Manner> {
  const { kind, given, environment, options: wanted } = machine;
  const { isolation, buildUsers } = kind;
  const on = isolates ? isolation.on : [];
  const manner = await chooseManner({
    ...wanted,
    kind,
    daemonOptions: [...withoutOff(machine), ...on],
    chroot: isolates ? 'auto' : 'off',
    socket,
    environment,
    explain: async (obstacle) => explainObstacle(obstacle, findContainer(given)),
  });
  const users = manner.buildUsersGroup === undefined ? [] : buildUsers.options;
  const options = isolates ? [...users, ...on] : manner.options;
  // What it would tell a run is what the self-test finds out.
  return { ...manner, options, notice: undefined };
}
