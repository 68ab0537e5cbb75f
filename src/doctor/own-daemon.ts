import { parseAddress } from '../daemon/address.ts';
import { locateDaemon } from '../daemon/locate.ts';
import { chooseManner, type Manner } from '../daemon/manner.ts';
import { openDaemonBeside } from '../daemon/daemon.ts';
import type { Daemon } from '../daemon/wish.ts';
import { findProfile } from '../environment/profile.ts';
import { explainObstacle } from '../hints/obstacle.ts';
import { findContainer } from '../machine/container.ts';
import type { Machine } from './check.ts';

/** The file on which clients look for the daemon; `undefined`: it is elsewhere, and not ours to start. */
export function findSocket({ options }: Machine): string | undefined {
  const address = parseAddress(options.daemonSocket);
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
  const { given, environment, options, signal, report } = machine;
  return openDaemonBeside(
    wish.socket,
    {
      socket: wish.socket,
      locate: () =>
        locateDaemon({
          named: options.daemonProgram,
          profile: findProfile(given),
          path: environment['PATH'],
        }),
      options: options.daemonOptions.filter((option) => option !== notIsolated),
      manner: () => chooseOwnManner(machine, wish),
      substitutes: (its) => ({ options: ['--no-substitutes'], environment: its }),
      timeout: wish.timeout,
    },
    { report, signal },
  );
}

const notIsolated = '--disable-chroot';

async function chooseOwnManner(
  { given, environment, options: wanted }: Machine,
  { socket, isolates }: { readonly socket: string; readonly isolates: boolean },
): Promise<Manner> {
  const manner = await chooseManner({
    ...wanted,
    daemonOptions: wanted.daemonOptions.filter((option) => option !== notIsolated),
    chroot: isolates ? 'auto' : 'off',
    socket,
    environment,
    explain: async (obstacle) => explainObstacle(obstacle, findContainer(given)),
  });
  const options = manner.options.filter((option) => !isolates || option !== notIsolated);
  // What it would tell a run is what the self-test finds out.
  return { ...manner, options, notice: undefined };
}
