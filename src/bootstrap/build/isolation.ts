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
 * Name spaces of its own for users, mounts, processes, network, IPC and the host's name, in which this
 * makes the mounts and brings the loopback interface up (SIOCSIFFLAGS, netdevice(7)), and inside these a
 * user of its own, who can't undo that. It ends when we do. The kernel takes root's builds for root
 * itself: only on what is read-only they can't change the machine by /proc/sys. As process 1, a program
 * would get no signal that it hasn't asked for, so this stays. Of what every Debian has, only perl can do
 * all of it; names are bytes to it.
 */
const script = String.raw`
my ($mount, $hostname, $root) = splice @ARGV, 0, 3;
# By mount(2): a filter that lets it through may forbid fsopen(2).
$ENV{LIBMOUNT_FORCE_MOUNT2} = "always";
sub run { system { $_[0] } @_ and exit 1 }
while (($_ = shift) ne "--") { run($mount, "--rbind", $_, $root . shift) }
run($mount, "-t", "proc", "proc", "$root/proc");
open my $table, "<", "/proc/self/mountinfo" or die "mountinfo: $!\n";
my @places = map { (split / /)[4] =~ s/\\([0-7]{3})/chr oct $1/ger } <$table>;
# Each by itself: what is mounted on it has come along. Nobody gets to those that others hide.
while (defined(my $place = shift @places)) {
  next if index($place, "$root/") or grep { index("$place/", "$_/") == 0 } @places or !lstat $place;
  run($mount, "-o", "remount,bind,ro", $place);
}
my $up = pack "a16 s x22", "lo", 1;
socket LO, 2, 2, 0 and ioctl LO, 0x8914, $up or die "lo: $!\n";
run($hostname, "localhost");
# What builds can read of us.
$0 = "init";
my $program = fork // die "fork: $!\n";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n" if $program == 0;
while ((my $ended = wait) != -1) {
  next if $ended != $program;
  my $signal = $? & 127;
  print STDERR "killed by signal $signal\n" if $signal;
  exit($signal ? 128 + $signal : $? >> 8);
}`;

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
    ...[perl, '-e', script, mount, hostname, root],
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
