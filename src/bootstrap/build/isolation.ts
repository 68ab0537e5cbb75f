import { findContainer } from '../../machine/container.ts';
import { type Explanation, trySandbox } from '../../machine/sandbox.ts';
import { explainObstacle } from '../../hints/obstacle.ts';
import { findOnPath } from '../../processes/path.ts';

export type Environment = Readonly<Record<string, string>>;

/** Something of this machine that an isolated build finds as its own. */
export type Mount = {
  readonly from: string;
  /** In the root of the build. */
  readonly to: string;
};

/** A program, and what it is to find around itself. */
type Inmate = {
  /** The directory that is its root. */
  readonly root: string;
  readonly mounts: readonly Mount[];
  /** As that root has them. */
  readonly directory: string;
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: Environment;
};

/** How programs are put apart from this machine. */
export type Isolation = {
  /** In a chroot alone there are no mounts: what a build needs is copied there. */
  readonly by: 'name spaces' | 'chroot';
  /** What is executed instead of a program, with nothing in its environment. */
  readonly wrap: (inmate: Inmate) => readonly string[];
};

/**
 * Name spaces of its own for users, mounts, processes, network, IPC and the host's name, in which the
 * mounts are made, and inside these a user of its own, who can't undo that. It ends when we do. The
 * variables are those of the program alone: a shell and a loader would heed some. The kernel takes
 * root's builds for root itself: only on what is read-only they can't change the machine by /proc/sys.
 */
const script = `set -e
mount=$1 hostname=$2 root=$3
shift 3
# By mount(2): a filter that lets it through may forbid fsopen(2).
export LIBMOUNT_FORCE_MOUNT2=always
while [ "$1" != -- ]; do
  "$mount" --rbind "$1" "$root$2"
  shift 2
done
shift
"$mount" -t proc proc "$root/proc"
# Each by itself: what is mounted on it has come along.
while read -r _ _ _ _ place _; do
  place=$(printf %b "$place")
  case $place in "$root"/*) "$mount" -o remount,bind,ro "$place" ;; esac
done </proc/self/mountinfo
"$hostname" localhost
# As process 1, a program would get no signal that it hasn't asked for, not even of its own.
"$@"
exit`;

/**
 * Brings the loopback interface up, which tests of packages use and guix-daemon's builds have. That takes
 * SIOCSIFFLAGS (netdevice(7)) with IFF_UP: of what every Debian has, only perl can do it.
 */
const loopback = `
my $request = pack "a16 s x22", "lo", 1;
socket LO, 2, 2, 0 and ioctl LO, 0x8914, $request or die "lo: $!\\n";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\\n";`;

const spaces = ['--user', '--map-root-user', '--mount', '--pid', '--net', '--ipc', '--uts'];
const asBuilder = ['--user', '--map-user=30001', '--map-group=30000'];

/** The way to isolate builds on this machine, or why there is none. */
export async function findIsolation(environment: Environment): Promise<Isolation | Explanation> {
  const [setpriv, unshare, perl, shell, mount, env, hostname] = tools.map((name) =>
    findOnPath(name, environment['PATH']),
  );
  if (!setpriv || !unshare || !perl || !shell || !mount || !env || !hostname) return withoutTools;
  // Root, too, is an ordinary user there.
  const us = { isRoot: false, by: [], needs: { userSpace: true, personality: false } };
  const obstacle = await trySandbox(us, environment);
  if (obstacle !== undefined) return explainObstacle(obstacle, findContainer(environment));
  const wrap: Isolation['wrap'] = ({ root, mounts, directory, file, ...its }) => [
    ...[setpriv, '--pdeathsig=KILL', unshare, ...spaces, '--fork', '--kill-child'],
    ...[perl, '-e', loopback, shell, '-c', script, 'sh', mount, hostname, root],
    ...mounts.flatMap(({ from, to }) => [from, to]),
    ...['--', env, '-i', ...listVariables(its.environment), unshare, ...asBuilder],
    ...[`--root=${root}`, `--wd=${directory}`, '--', file, ...its.arguments],
  ];
  return { by: 'name spaces', wrap };
}

/** As env(1) takes them. */
export function listVariables(environment: Environment): readonly string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

/** All in Debian's packages that are always there. */
const tools = ['setpriv', 'unshare', 'perl', 'sh', 'mount', 'env', 'hostname'] as const;

const withoutTools: Explanation = {
  found: `one of ${tools.join(', ')} is not on PATH`,
  meaning: 'They make the name spaces. Install what has them:',
  command: 'apt-get install util-linux perl-base dash mount coreutils hostname',
};
