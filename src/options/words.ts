import { closestMatch } from 'leven';
import { EntryPointError } from '../errors/failure.ts';
import { type LogsAction, logsActions, type Options, type Request, type Word } from './options.ts';

/** What stands for a command of ours where a command would: what it takes, and what it asks for. */
type Row = {
  /** What may stand behind it, for the usage line. */
  readonly usage: string;
  /** What it does, for `--help`. */
  readonly summary: string;
  /** What `WORD --help` says of it. */
  readonly help: string;
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

/** Every word there is. `-- WORD` and `./WORD` run a command of that name. */
export const words: { readonly [W in Word]: Row } = {
  logs: {
    usage: `[${logsActions.join('|')}] [NAME…]`,
    summary: 'lists, shows or unpacks the build logs of a store at hand',
    help: logsHelp,
    options: [
      ...(['logs', 'logsDirectory', 'logsArchive', 'logLines'] as const),
      ...(['daemonSocket', 'logFormat'] as const),
    ],
    toRequest: ([action = 'list', ...names], options) => ({
      word: 'logs',
      action: parseLogsAction(action),
      names,
      options,
    }),
  },
};

/** Whether this is a word of ours, and not the name of a command. */
export function isWord(text: string | undefined): text is Word {
  return text !== undefined && Object.hasOwn(words, text);
}

function parseLogsAction(given: string): LogsAction {
  const action = logsActions.find((known) => known === given);
  if (action !== undefined) return action;
  const nearest = closestMatch(given, logsActions, { maxDistance: 2 });
  throw new EntryPointError({
    kind: 'unknown-action',
    word: 'logs',
    action: given,
    allowed: logsActions,
    ...(nearest !== undefined && { nearest }),
  });
}
