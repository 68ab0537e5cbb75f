import { dirname } from 'node:path';
import type { Explanation, Obstacle, Who } from '../machine/sandbox.ts';
import { findBuildObstacle, trySandbox } from '../machine/sandbox.ts';
import { hasCapability, readPrivileges } from '../machine/privileges.ts';
import { EntryPointError } from '../errors/failure.ts';
import type { Event } from '../events/event.ts';
import type { Options } from '../options/options.ts';
import { findOnPath } from '../processes/path.ts';
import { type Account, chooseAccount } from './account.ts';
import type { Kind } from './kind.ts';

type Environment = Readonly<Record<string, string>>;

/** How a daemon is started on this machine: as whom, and whether it isolates builds. */
export type Manner = {
  /** What executes it, with arguments; none: we do. */
  readonly by: readonly string[];
  readonly options: readonly string[];
  /** The group of the users that it builds as; `undefined`: it builds as itself. */
  readonly buildUsersGroup: string | undefined;
  readonly environment: Environment;
  /** What whoever uses it should know, as soon as somebody does. */
  readonly notice: Event | undefined;
};

export type MannerWish = Pick<Options, 'chroot' | 'daemonUser' | 'daemonOptions'> & {
  readonly kind: Kind;
  /** The file that it listens on. */
  readonly socket: string;
  readonly environment: Environment;
  /** What an obstacle means here, and what to type. */
  readonly explain: (obstacle: Obstacle) => Promise<Explanation>;
};

/** Chooses how to start a daemon. What is asked for and can't be had is an error. */
export async function chooseManner(wish: MannerWish): Promise<Manner> {
  const { buildUsers } = wish.kind;
  const account = chooseDaemonAccount(wish);
  const isolation = await chooseIsolation(account, wish);
  return {
    by: [...isolation.by, ...account.by],
    options: [...(account.isRoot ? buildUsers.options : []), ...isolation.options],
    buildUsersGroup: account.isRoot ? buildUsers.findGroup(wish) : undefined,
    environment: account.environment,
    notice: isolation.notice,
  };
}

export type DaemonAccount = Account & Who;

/** As whom the daemon runs; one who can't be had, or doesn't own what a daemon must, is an error. */
export function chooseDaemonAccount({
  kind,
  socket,
  daemonUser,
  environment,
}: Pick<MannerWish, 'kind' | 'socket' | 'daemonUser' | 'environment'>): DaemonAccount {
  const directories = [
    kind.store,
    kind.stateDirectory(environment),
    kind.logDirectory(environment),
    dirname(socket),
  ];
  return { ...chooseAccount(daemonUser, { directories, environment }), needs: kind.needs };
}

type Isolation = Pick<Manner, 'by' | 'options' | 'notice'>;

function contradict({ isolation }: Kind): Explanation {
  return {
    found: `the daemon is given ${isolation.off.join(' ')}, too`,
    meaning: 'Leave one of the two out:',
    command: 'guix-entry-point --chroot=on …',
  };
}

/** By trying what the daemon will do; it is not isolated only where that can't work. */
async function chooseIsolation(account: DaemonAccount, wish: MannerWish): Promise<Isolation> {
  const { kind, chroot, environment, explain } = wish;
  const { isolation } = kind;
  const off = { by: [], options: isolation.off, notice: undefined };
  if (isolation.isOff(wish.daemonOptions)) {
    if (chroot === 'on') throw new EntryPointError({ kind: 'no-sandbox', ...contradict(kind) });
    return { ...off, options: [] };
  }
  if (chroot === 'off') return off;
  const setting = chroot === 'on' ? 'insists' : isolation.readSetting(wish);
  if (setting === 'off') return { ...off, options: [] };
  const on = chroot === 'on' ? isolation.on : [];
  const way = await findIsolation(account, environment);
  if (way.is === 'free') {
    const notice =
      way.by.length > 0 ? ({ event: 'proc-renewed', kind: kind.name } as const) : undefined;
    return { by: way.by, options: on, notice };
  }
  const { obstacle } = way;
  if (chroot === 'on') {
    throw new EntryPointError({ kind: 'no-sandbox', ...(await explain(obstacle)) });
  }
  // Who wants no build rather than one that isn't isolated is told when there is one.
  if (setting === 'insists') return { ...off, options: [] };
  // Where builds can't work at all, that is told when one has failed (hints/rules/sandbox.ts).
  if (findBuildObstacle(account) !== undefined) return off;
  return { ...off, notice: { event: 'sandbox-off', ...(await explain(obstacle)) } };
}

/** `by` is what must execute the daemon, with its arguments, for builds to be isolated. */
type Way =
  | { readonly is: 'free'; readonly by: readonly string[] }
  | { readonly is: 'blocked'; readonly obstacle: Obstacle };

/** Tries whether builds can be isolated, if need be with a /proc of the daemon's own. */
export async function findIsolation(
  account: DaemonAccount,
  environment: Environment,
): Promise<Way> {
  const obstacle = await trySandbox(account, environment);
  if (obstacle === undefined) return { is: 'free', by: [] };
  const renewal = obstacle.is === 'proc-masked' ? findProcRenewal(environment) : undefined;
  if (renewal === undefined) return { is: 'blocked', obstacle };
  const renewed = { ...account, by: [...renewal, ...account.by] };
  const left = await trySandbox(renewed, environment);
  return left === undefined ? { is: 'free', by: renewal } : { is: 'blocked', obstacle };
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
