import { closestMatch } from 'leven';
import { EntryPointError } from '../errors/failure.ts';
import { failureStatus } from '../errors/status.ts';
import { bootstrapWord } from './bootstrap.ts';
import {
  logsActions,
  type Options,
  type Request,
  substitutesActions,
  type Word,
} from './options.ts';

/** What stands for a command of ours where a command would: what it takes, and what it asks for. */
type Row = {
  /** What may stand behind it, for the usage line. */
  readonly usage: string;
  /** What it does, for `--help`. */
  readonly summary: string;
  /** What `WORD --help` says of it. */
  readonly help: string;
  /** What exit statuses mean of it, besides 0 and that of a wrong option. */
  readonly exitStatuses: readonly (readonly [status: number, meaning: string])[];
  /** The options that mean something to it. */
  readonly options: readonly (keyof Options)[];
  /** The request that is meant by the words behind it. */
  readonly toRequest: (rest: readonly string[], options: Options) => Request;
};

const logsHelp = `Looks for the logs of builds that a guix-daemon has left on this machine. No daemon is started.

  list      one line for each log, the newest first: what became of the build, when the log was
            written last, its size as it is stored, package, derivation. This is the default.
  show      the last lines of each log on standard output, and what it is on standard error;
            without NAME, of the newest log only
  unpack    each log as a file; standard output has the paths

NAME is one of
  hello                          a package, whatever its version
  hello-2.12, hello@2.12         a package and its version
  /gnu/store/…-hello-2.12.drv    a derivation, also without its directory, or the
                                 beginning of its hash, at least 6 characters
  /gnu/store/…-hello-2.12        what it makes
  /var/log/guix/drvs/…           the log itself
Without NAME it is those that --logs selects: 'failed', whose outputs aren't valid or have a lock
file left, or 'all': successes, too, and those of unknown outcome because their derivation is gone.

GUIX_LOG_DIRECTORY names another directory of logs than /var/log/guix.
`;

const substitutesHelp = `Looks at the substitute servers in force and at the keys that sign what they have. No daemon is
started.

  list       measures all servers at once, within 3 seconds, and writes one line for each to
             standard output. This is the default.
  authorize  lets Guix (no other daemon) take what these keys sign: 'guix archive --authorize', as root. A key that
             Guix has already is left alone. Without NAME all keys, built in and mounted

The columns of 'list', under a heading at a terminal; '-' is for what isn't known:
  SERVER      its URL, in the order of the list
  ANSWERS     yes or no
  LATENCY     from question to answer on an open connection, the median of three
  THROUGHPUT  of the beginning of something large that it has: a second or 8 MiB of it, while all
              others are measured, too. What it has is found out with a dozen items of the store at
              hand: '-' if it has none of these, or no large one
  AUTHORIZED  whether Guix takes what its key signs
  KEY         what 'authorize' calls it; the beginning of the key itself if that isn't ours
  NOTE        why it does not answer, or what else is wrong with it

With --json, standard output has one object for each server, with url, answers, latency (ms),
throughput (bytes in a second), authorized, key, publicKey and problem; null is for what isn't known.

NAME of a key is one of
  berlin.guix.gnu.org.pub    a key that is built in, or mounted as /etc/guix-entry-point/keys/*.pub,
                             also without '.pub'
  ./signing-key.pub          any file

The servers are those of --substitute-urls, else of /etc/guix-entry-point/servers.json, else those
that are built in. Guix keeps its keys in /etc/guix/acl, or where GUIX_CONFIGURATION_DIRECTORY says.
With --daemon=nix, or where Nix alone is installed, the servers are those of --substitute-urls, else
of Nix's settings, and its keys are a setting, too: 'trusted-public-keys'.
`;

const doctorHelp = `Looks at everything on this machine that Guix's daemon and its builds depend on, and says of
what isn't right what it means and what to type. A daemon is started for its last check.

One line on standard output for each finding:
  ✓  as it should be
  !  works, but worse than it could, or only in part
  ✗  something won't work

With --json, standard output has one object for each finding, with check, state ('fine', 'odd' or
'broken'), text, meaning, command and fixed (with --fix, of what could be done: whether it was);
null is for what there is none of.

With --fix, what is safe is done, and looked at again: nothing that a user has written is changed,
nothing is trusted that wasn't, and nothing takes away from the isolation of builds.

CHECK is one of
  emulation     whether this machine is emulated
  sandbox       whether builds can be isolated, by trying
  namespaces    the kernel's name spaces, and the sysctls that limit them
  capabilities  what root's daemon is allowed
  seccomp       the filter of system calls that container engines set
  proc          what of /proc is hidden or read-only
  tunnel        the network of builds that fetch sources: /dev/net/tun, slirp4netns
  exec          whether programs in the store and in builds can be executed
  space         the room that is left for the store, builds, caches and logs
  inodes        files that programs of 32 bits can't look at: "Value too large"
  limits        how much memory and how many processes there may be
  clock         whether the clock is behind
  binfmt        what runs programs of other architectures
  build-users   the group and the users that builds run as
  store         the store: there, writable, and owned as its daemon needs it
  journal       what a crash has left of the store's database
  logs          the directory of the build logs
  socket        what stands where clients look for the daemon
  daemon        the program of the daemon and its version
  guix          the program guix and its version
  profile       the profiles that are loaded: that of 'guix pull', and the user's own
  channel       whether the commits that channels.scm pins are those that run
  environment   variables that make this machine's own programs load code from a store
  certificates  the certificates by which Guix, Git and curl trust HTTPS servers
  locale        whether Guix has the locale that it is to speak in
  keys          whether the substitute servers' keys are authorized
  servers       whether the substitute servers answer, within 3 s
  self-test     a tiny build in the real daemon, with a sandbox and without, within 10 s
`;

const seccompProfileHelp = `Writes a filter of system calls for container engines to standard output: Docker's default, and what
guix-daemon needs beyond it to isolate builds. Outside, where containers are started:

  docker run --rm IMAGE seccomp-profile >seccomp.json
  docker run --security-opt=seccomp=seccomp.json … IMAGE COMMAND
`;

/** Every word there is. `-- WORD` and `./WORD` run a command of that name. */
export const words: { readonly [W in Word]: Row } = {
  logs: {
    usage: `[${logsActions.join('|')}] [NAME…]`,
    summary: 'lists, shows or unpacks the build logs of a store at hand',
    help: logsHelp,
    exitStatuses: [
      [
        failureStatus.incomplete,
        "nothing matches, or something can't be read or written; the rest is done all the same",
      ],
    ],
    options: [
      ...(['logs', 'logsDirectory', 'logsArchive', 'logLines'] as const),
      ...(['daemon', 'daemonSocket', 'logFormat'] as const),
    ],
    toRequest: ([action = 'list', ...names], options) => ({
      word: 'logs',
      action: parseAction('logs', action, logsActions),
      names,
      options,
    }),
  },
  substitutes: {
    usage: `[${substitutesActions.join('|')}] [NAME…]`,
    summary: 'measures the substitute servers, and authorizes their keys',
    help: substitutesHelp,
    exitStatuses: [
      [
        failureStatus.incomplete,
        "no server answers, or a key can't be authorized; the rest is done all the same",
      ],
      [failureStatus.misconfigured, 'the list of servers that is mounted is broken'],
    ],
    options: [
      ...([
        'daemon',
        'daemonOptions',
        'substituteUrls',
        'addedSubstituteUrls',
        'logFormat',
      ] as const),
    ],
    toRequest: ([action = 'list', ...names], options) => ({
      word: 'substitutes',
      action: parseAction('substitutes', action, substitutesActions),
      names: action === 'list' ? refuseNames('substitutes list', names) : names,
      options,
    }),
  },
  doctor: {
    usage: '[CHECK…]',
    summary: 'looks for what is wrong with this machine, and says what to type',
    help: doctorHelp,
    exitStatuses: [[failureStatus.incomplete, 'something is broken, or there is no such check']],
    options: [
      ...([
        'fix',
        'daemon',
        'daemonProgram',
        'daemonOptions',
        'daemonSocket',
        'daemonTimeout',
      ] as const),
      ...(['chroot', 'daemonUser', 'cleanEnvironment'] as const),
      ...(['substitutes', 'substituteUrls', 'addedSubstituteUrls', 'logFormat'] as const),
    ],
    toRequest: (names, options) => ({ word: 'doctor', names, options }),
  },
  bootstrap: bootstrapWord,
  'seccomp-profile': {
    usage: '',
    summary: 'writes the filter of system calls under which builds can be isolated',
    help: seccompProfileHelp,
    exitStatuses: [],
    options: [],
    toRequest(names) {
      refuseNames('seccomp-profile', names);
      return { word: 'seccomp-profile' };
    },
  },
};

/** Whether this is a word of ours, and not the name of a command. */
export function isWord(text: string | undefined): text is Word {
  return text !== undefined && Object.hasOwn(words, text);
}

function parseAction<Action extends string>(
  word: Word,
  given: string,
  allowed: readonly Action[],
): Action {
  const action = allowed.find((known) => known === given);
  if (action !== undefined) return action;
  const nearest = closestMatch(given, allowed, { maxDistance: 2 });
  throw new EntryPointError({
    kind: 'unknown-action',
    word,
    action: given,
    allowed,
    ...(nearest !== undefined && { nearest }),
  });
}

function refuseNames(behind: string, [name]: readonly string[]): readonly [] {
  if (name === undefined) return [];
  throw new EntryPointError({ kind: 'unwanted-name', behind, name });
}
