import { findContainer } from '../../machine/container.ts';
import { type Explanation, trySandbox } from '../../machine/sandbox.ts';
import { explainObstacle } from '../../hints/obstacle.ts';
import { findOnPath } from '../../processes/path.ts';

type Environment = Readonly<Record<string, string>>;

/** Something of this machine that an isolated build finds as its own. */
export type Mount = {
  readonly from: string;
  /** In the root of the build. */
  readonly to: string;
  readonly isWritable: boolean;
};

/** A program, and what it is to find around itself. */
export type Inmate = {
  /** The directory that is its root. */
  readonly root: string;
  readonly mounts: readonly Mount[];
  /** As that root has them. */
  readonly directory: string;
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: Environment;
};

/** Puts a program apart from this machine: what is executed instead of it, with nothing in its environment. */
export type Isolation = (inmate: Inmate) => readonly string[];

/**
 * Name spaces of its own for users, mounts, processes, network, IPC and the host's name, in which the
 * mounts are made, and inside these a user of its own, who can't undo that. It ends when we do. The
 * variables are those of the program alone: a shell and a loader would heed some.
 */
const script = `set -e
mount=$1 root=$2
shift 2
while [ "$1" != -- ]; do
  "$mount" --rbind "$2" "$root$3"
  [ "$1" = rw ] || "$mount" -o remount,bind,ro "$root$3"
  shift 3
done
shift
"$mount" -t proc proc "$root/proc"
echo localhost >/proc/sys/kernel/hostname
exec "$@"`;

const spaces = ['--user', '--map-root-user', '--mount', '--pid', '--net', '--ipc', '--uts'];
const asBuilder = ['--user', '--map-user=30001', '--map-group=30000'];

/** The way to isolate builds on this machine, or why there is none. */
export async function findIsolation(environment: Environment): Promise<Isolation | Explanation> {
  const path = environment['PATH'];
  const [setpriv, unshare, shell, mount, env] = ['setpriv', 'unshare', 'sh', 'mount', 'env'].map(
    (name) => findOnPath(name, path),
  );
  if (!setpriv || !unshare || !shell || !mount || !env) return withoutTools;
  // Root, too, is an ordinary user there.
  const obstacle = await trySandbox({ isRoot: false, by: [] }, environment);
  if (obstacle !== undefined) return explainObstacle(obstacle, findContainer(environment));
  return ({ root, mounts, directory, file, arguments: given, environment: its }) => [
    ...[setpriv, '--pdeathsig=KILL', unshare, ...spaces, '--fork', '--kill-child'],
    ...[shell, '-c', script, 'sh', mount, root],
    ...mounts.flatMap(({ from, to, isWritable }) => [isWritable ? 'rw' : 'ro', from, to]),
    ...['--', env, '-i', ...Object.entries(its).map(([name, value]) => `${name}=${value}`)],
    ...[unshare, ...asBuilder, `--root=${root}`, `--wd=${directory}`, '--', file, ...given],
  ];
}

const withoutTools: Explanation = {
  found: 'unshare, setpriv, mount, env or sh is not on PATH',
  meaning: 'They make name spaces. Install util-linux:',
  command: 'apt-get install util-linux',
};
