import { bootstrapRows } from './bootstrap.ts';
import type { Options, Word } from './options.ts';
import * as parse from './values.ts';

/** One option: what it is called, what it is worth when nobody says, how its value is read. */
export type Row<Value> = {
  /** The long flag without its dashes. */
  readonly flag: string;
  readonly short?: string;
  /** A flag without a value that stands for this one with a certain value. */
  readonly alias?: { readonly flag: string; readonly text: string };
  /** The environment variable that means the same; the flag wins over it. */
  readonly variable: string | undefined;
  /** Variables of the daemons' clients that mean the same, each of one kind (daemon/kind.ts). */
  readonly clientVariables?: readonly string[];
  /** The word of ours that alone knows the flag. */
  readonly only?: Word;
  /** What the value is called in `--help`; `undefined`: the flag takes none. */
  readonly value: string | undefined;
  readonly default: Value;
  /** The default as `--help` shows it. */
  readonly defaultText: string;
  readonly help: string;
  /** What a good value is, in an error's words: "a whole number, 0 or more". */
  readonly wanted: string;
  /** Reads the given texts; `undefined`: this is not what the option takes. */
  readonly parse: (texts: readonly string[]) => Value | undefined;
  /** Which part of a list it doesn't take. */
  readonly findBad?: (texts: readonly string[]) => string | undefined;
};

/** Every option there is. `--help`, the README's table and the parser come from it. */
export const table: { readonly [K in keyof Options]: Row<Options[K]> } = {
  daemon: {
    flag: 'daemon',
    variable: 'GUIX_ENTRY_POINT_DAEMON',
    value: 'KIND',
    default: 'auto',
    defaultText: 'auto',
    help: "'guix', 'nix', or 'auto': by the command, and by what is installed",
    wanted: "'guix', 'nix' or 'auto'",
    parse: parse.oneOf(['guix', 'nix', 'auto']),
  },
  daemonProgram: {
    flag: 'daemon-program',
    variable: 'GUIX_ENTRY_POINT_DAEMON_PROGRAM',
    value: 'FILE',
    default: undefined,
    defaultText: 'looked for',
    help: 'the guix-daemon or nix-daemon to start',
    wanted: 'the path of a program',
    parse: parse.text,
  },
  daemonOptions: {
    flag: 'daemon-option',
    variable: 'GUIX_ENTRY_POINT_DAEMON_OPTIONS',
    value: 'OPTION',
    default: [],
    defaultText: 'none',
    help: 'one more option for the daemon; can be repeated',
    wanted: 'an option of the daemon, as in --max-jobs=4',
    parse: parse.words,
  },
  daemonSocket: {
    flag: 'daemon-socket',
    variable: undefined,
    clientVariables: ['GUIX_DAEMON_SOCKET', 'NIX_REMOTE'],
    value: 'ADDRESS',
    default: undefined,
    defaultText: 'where clients look by themselves',
    help: 'where clients find the daemon',
    wanted: parse.addressWanted,
    parse: parse.address,
  },
  daemonTimeout: {
    flag: 'daemon-timeout',
    variable: 'GUIX_ENTRY_POINT_DAEMON_TIMEOUT',
    value: 'SECONDS',
    default: 30,
    defaultText: '30',
    help: 'how long the daemon may take to answer',
    wanted: 'a number of seconds above 0, at most 86400',
    parse: parse.seconds,
  },
  chroot: {
    flag: 'chroot',
    variable: 'GUIX_ENTRY_POINT_CHROOT',
    value: 'WHEN',
    default: 'auto',
    defaultText: 'auto',
    help: "whether builds are isolated: 'auto', where this machine lets the daemon; 'on'; 'off'",
    wanted: "'auto', 'on' or 'off'",
    parse: parse.oneOf(['auto', 'on', 'off']),
  },
  daemonUser: {
    flag: 'daemon-user',
    variable: 'GUIX_ENTRY_POINT_DAEMON_USER',
    value: 'USER',
    default: undefined,
    defaultText: "the store's owner",
    help: 'the user to run the daemon as, who owns the store',
    wanted: 'the name of a user',
    parse: parse.text,
  },
  cleanEnvironment: {
    flag: 'clean-environment',
    variable: 'GUIX_ENTRY_POINT_CLEAN_ENVIRONMENT',
    value: undefined,
    default: false,
    defaultText: 'off',
    help: "take away variables that make this machine's own programs load code from a store",
    wanted: "'1' or '0'",
    parse: parse.flag,
  },
  substitutes: {
    flag: 'substitutes',
    variable: 'GUIX_ENTRY_POINT_SUBSTITUTES',
    value: 'HOW',
    default: 'gateway',
    defaultText: 'gateway',
    help: "'gateway': all servers are asked at once; 'direct': by the daemon, one by one; 'off'",
    wanted: "'gateway', 'direct' or 'off'",
    parse: parse.oneOf(['gateway', 'direct', 'off']),
  },
  substituteUrls: {
    flag: 'substitute-urls',
    variable: 'SUBSTITUTE_URLS',
    value: 'URLS',
    default: undefined,
    defaultText: 'the built-in list',
    help: 'the substitute servers, in place of the list',
    wanted: 'http:// or https:// URLs with spaces between them',
    parse: parse.lastUrls,
    findBad: parse.findBadUrl,
  },
  addedSubstituteUrls: {
    flag: 'add-substitute-url',
    variable: 'GUIX_ENTRY_POINT_ADD_SUBSTITUTE_URLS',
    value: 'URL',
    default: [],
    defaultText: 'none',
    help: 'one more substitute server, in front of the others; can be repeated',
    wanted: 'http:// or https:// URLs with spaces between them',
    parse: parse.urls,
    findBad: parse.findBadUrl,
  },
  logs: {
    flag: 'logs',
    variable: 'GUIX_ENTRY_POINT_LOGS',
    value: 'WHICH',
    default: 'failed',
    defaultText: 'failed',
    help: "which build logs are unpacked: 'failed', 'all' of the run's builds, or 'none'",
    wanted: "'failed', 'all' or 'none'",
    parse: parse.oneOf(['failed', 'all', 'none']),
  },
  logsDirectory: {
    flag: 'logs-directory',
    variable: 'GUIX_ENTRY_POINT_LOGS_DIRECTORY',
    value: 'DIRECTORY',
    default: undefined,
    defaultText: 'the working directory',
    help: 'where build logs are unpacked; it is made if need be',
    wanted: 'the path of a directory',
    parse: parse.text,
  },
  logsArchive: {
    flag: 'logs-archive',
    variable: 'GUIX_ENTRY_POINT_LOGS_ARCHIVE',
    value: 'FILE',
    default: undefined,
    defaultText: 'none',
    help: 'a .tar.gz that gets the build logs and a manifest, too; it replaces an older one',
    wanted: "a file's path that ends in .tar.gz or .tgz",
    parse: parse.archive,
  },
  logLines: {
    flag: 'log-lines',
    variable: 'GUIX_ENTRY_POINT_LOG_LINES',
    value: 'N',
    default: 1000,
    defaultText: '1000',
    help: "how many of a failed build's last lines are shown",
    wanted: 'a whole number, 0 or more',
    parse: parse.count,
  },
  trace: {
    flag: 'trace',
    variable: 'GUIX_ENTRY_POINT_TRACE',
    value: 'WHAT',
    default: 'scripts',
    defaultText: 'scripts',
    help: "'off', 'commands': what is given to run, or 'scripts': what shell scripts do, too",
    wanted: "'off', 'commands' or 'scripts'",
    parse: parse.oneOf(['off', 'commands', 'scripts']),
  },
  grace: {
    flag: 'grace',
    variable: 'GUIX_ENTRY_POINT_GRACE',
    value: 'SECONDS',
    default: 5,
    defaultText: '5',
    help: 'how long the command may take to end after SIGTERM, before SIGKILL',
    wanted: 'a number of seconds above 0, at most 86400',
    parse: parse.seconds,
  },
  logFormat: {
    flag: 'log-format',
    alias: { flag: 'json', text: 'json' },
    variable: 'GUIX_ENTRY_POINT_LOG_FORMAT',
    value: 'FORMAT',
    default: 'text',
    defaultText: 'text',
    help: "'text', or 'json': one object for each event of the run; '--json' says the same",
    wanted: "'text' or 'json'",
    parse: parse.oneOf(['text', 'json']),
  },
  verbose: {
    flag: 'verbose',
    short: 'v',
    variable: 'GUIX_ENTRY_POINT_VERBOSE',
    value: undefined,
    default: false,
    defaultText: 'off',
    help: "tell of every step, and pass on the daemon's own messages",
    wanted: "'1' or '0'",
    parse: parse.flag,
  },
  fix: {
    flag: 'fix',
    // What changes a machine is asked for each time.
    variable: undefined,
    only: 'doctor',
    value: undefined,
    default: false,
    defaultText: 'off',
    help: 'do what is safe to do of what is found to be wanted',
    wanted: "'1' or '0'",
    parse: parse.flag,
  },
  ...bootstrapRows,
};
