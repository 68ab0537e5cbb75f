import { hasCapability, readPrivileges } from '../../machine/privileges.ts';
import { findOnPath } from '../../processes/path.ts';
import { type Environment, type Isolation, listVariables } from './isolation.ts';

/** Makes the devices, as far as we may. */
const script = `cp=$1 root=$2
shift 2
for name in null zero full random urandom; do
  [ -e "$root/dev/$name" ] || "$cp" -a "/dev/$name" "$root/dev/$name"
done
exec "$@"`;

/** chroot(1) would leave the program in the root directory, wherever it is to be. */
const enter = `
my ($root, $directory) = splice @ARGV, 0, 2;
chroot $root and chdir $directory or die "$root$directory: $!\\n";
%ENV = ();
while (($_ = shift) ne "--") { my ($name, $value) = split /=/, $_, 2; $ENV{$name} = $value; }
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\\n";`;

/**
 * The way to give builds a root directory of their own where name spaces can't be had, as in a container
 * without any privileges. It keeps nobody in who wants to get out, and nobody from the network.
 */
export function findChroot(environment: Environment): Isolation | undefined {
  if (!hasCapability(readPrivileges(), 'CAP_SYS_CHROOT')) return undefined;
  const [setpriv, shell, cp, perl] = ['setpriv', 'sh', 'cp', 'perl'].map((name) =>
    findOnPath(name, environment['PATH']),
  );
  if (!setpriv || !shell || !cp || !perl) return undefined;
  return {
    by: 'chroot',
    wrap: ({ root, directory, file, ...its }) => [
      ...[setpriv, '--pdeathsig=KILL', shell, '-c', script, 'sh', cp, root],
      ...[perl, '-e', enter, root, directory, ...listVariables(its.environment)],
      ...['--', file, ...its.arguments],
    ],
  };
}
