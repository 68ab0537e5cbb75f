import { dirname } from 'node:path';
import type { Explanation, Obstacle } from '../machine/sandbox.ts';
import { findBuildObstacle, trySandbox } from '../machine/sandbox.ts';
import { hasCapability, readPrivileges } from '../machine/privileges.ts';
import { EntryPointError } from '../errors/failure.ts';
import type { Report } from '../events/event.ts';
import type { Options } from '../options/options.ts';
import { findOnPath } from '../processes/path.ts';
import { type Account, chooseAccount } from './account.ts';
import { guix } from './guix.ts';

type Environment = Readonly<Record<string, string>>;

/** How a daemon is started on this machine: as whom, and whether it isolates builds. */
export type Manner = {
  /** What executes it, with arguments; none: we do. */
  readonly by: readonly string[];
  readonly options: readonly string[];
  /** The group of the users that it builds as; `undefined`: it builds as itself. */
  readonly buildUsersGroup: string | undefined;
  readonly environment: Environment;
};

export type MannerWish = Pick<Options, 'chroot' | 'daemonUser' | 'daemonOptions'> & {
  /** The file that it listens on. */
  readonly socket: string;
  readonly environment: Environment;
  /** What an obstacle means here, and what to type. */
  readonly explain: (obstacle: Obstacle) => Promise<Explanation>;
  readonly report: Report;
};

/** Chooses how to start a daemon. What is asked for and can't be had is an error. */
export async function chooseManner(wish: MannerWish): Promise<Manner> {
  const { socket, daemonUser, daemonOptions, environment } = wish;
  const directories = [
    guix.store,
    guix.stateDirectory(environment),
    guix.logDirectory(environment),
    dirname(socket),
  ];
  const account = chooseAccount(daemonUser, { directories, environment });
  const group = account.isRoot ? findBuildUsersGroup(daemonOptions) : undefined;
  const isolation = await chooseIsolation(account, wish);
  return {
    by: [...isolation.by, ...account.by],
    options: [
      ...(account.isRoot ? [`--build-users-group=${guix.buildUsersGroup}`] : []),
      ...isolation.options,
    ],
    buildUsersGroup: group,
    environment: account.environment,
  };
}

/** The daemon goes by the last that it is given. */
function findBuildUsersGroup(options: readonly string[]): string {
  const given = options.map((option) => /^--build-users-group=(.*)$/.exec(option)?.[1]);
  return given.findLast((group) => group !== undefined) ?? guix.buildUsersGroup;
}

type Isolation = Pick<Manner, 'by' | 'options'>;

const isolated: Isolation = { by: [], options: [] };
const notIsolated: Isolation = { by: [], options: ['--disable-chroot'] };

/** By trying what the daemon will do; it is not isolated only where that can't work. */
async function chooseIsolation(account: Account, wish: MannerWish): Promise<Isolation> {
  const { chroot, daemonOptions, environment, explain, report } = wish;
  if (chroot === 'off' || daemonOptions.includes('--disable-chroot')) return notIsolated;
  const obstacle = await trySandbox(account, environment);
  if (obstacle === undefined) return isolated;
  const renewal = obstacle.is === 'proc-masked' ? findProcRenewal(environment) : undefined;
  if (renewal !== undefined) {
    const renewed = { ...account, by: [...renewal, ...account.by] };
    if ((await trySandbox(renewed, environment)) === undefined) {
      report({ event: 'proc-renewed' });
      return { by: renewal, options: [] };
    }
  }
  if (chroot === 'on') {
    throw new EntryPointError({ kind: 'no-sandbox', ...(await explain(obstacle)) });
  }
  const greater = findBuildObstacle(account);
  report(
    greater === undefined
      ? { event: 'sandbox-off', ...(await explain(obstacle)) }
      : { event: 'builds-denied', ...(await explain(greater)) },
  );
  return notIsolated;
}

/**
 * A mount name space of its own with a /proc of which nothing is hidden, for those who may have that:
 * what executes a program there. Programs of util-linux, without which there is no such way.
 */
function findProcRenewal(environment: Environment): readonly string[] | undefined {
  if (!hasCapability(readPrivileges(), 'CAP_SYS_ADMIN')) return undefined;
  const unshare = findOnPath('unshare', environment['PATH']);
  const shell = findOnPath('sh', environment['PATH']);
  if (unshare === undefined || shell === undefined) return undefined;
  const mount = 'mount -t proc proc /proc && exec "$@"';
  return [unshare, '--mount', '--propagation=private', shell, '-c', mount, 'sh'];
}
