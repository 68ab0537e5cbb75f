/** What the user can choose, after defaults, environment and command line. */
export type Options = {
  /** What kind of daemon; `auto`: by the command, and by what is installed. */
  readonly daemon: 'guix' | 'nix' | 'auto';
  /** The daemon's program; `undefined`: look for it. */
  readonly daemonProgram: string | undefined;
  /** Further arguments for the daemon, after ours. */
  readonly daemonOptions: readonly string[];
  /** Where clients find the daemon: a socket file, or a URI; `undefined`: where they look by themselves. */
  readonly daemonSocket: string | undefined;
  /** How long a daemon may take until it answers, in seconds. */
  readonly daemonTimeout: number;
  /** Whether the daemon isolates builds; `auto`: where this machine lets it. */
  readonly chroot: 'auto' | 'on' | 'off';
  /** The ordinary user that the daemon runs as; `undefined`: the owner of the store, or whoever we are. */
  readonly daemonUser: string | undefined;
  /** Take away what makes programs of this machine load code from a store. */
  readonly cleanEnvironment: boolean;
  /** How the daemon comes to substitutes: through a gateway of ours, by itself, or not at all. */
  readonly substitutes: 'gateway' | 'direct' | 'off';
  /** The substitute servers; `undefined`: those of the list. */
  readonly substituteUrls: readonly string[] | undefined;
  /** More of them, in front of the others. */
  readonly addedSubstituteUrls: readonly string[];
  /** Whose logs are unpacked: those of failed builds, of all builds of the run, or none. */
  readonly logs: 'failed' | 'all' | 'none';
  /** Where they are unpacked; `undefined`: where the command was run. */
  readonly logsDirectory: string | undefined;
  /** A `.tar.gz` that gets them, too. */
  readonly logsArchive: string | undefined;
  /** How many lines of a failed build's log are shown, counted from its end. */
  readonly logLines: number;
  /** What is traced: nothing, the commands that we are given, or also those inside of scripts. */
  readonly trace: 'off' | 'commands' | 'scripts';
  /** How long a command may take to end after SIGTERM, in seconds. */
  readonly grace: number;
  readonly logFormat: 'text' | 'json';
  readonly verbose: boolean;
  /** Of the doctor: do what is safe to do. */
  readonly fix: boolean;
  /** Of a bootstrap: the programs of this machine that builds may use, by their names. */
  readonly hostTools: readonly string[];
  /** How often each package is built. */
  readonly rounds: number;
  readonly keepFailed: boolean;
  readonly dryRun: boolean;
  /** A `.tar.gz` that gets what was built, with all that it refers to. */
  readonly pack: string | undefined;
};

/** What is run under the daemon. */
export type Task =
  | { readonly is: 'command'; readonly command: readonly string[] }
  /** Commands of the shell; the arguments are its `$0`, `$1` … */
  | { readonly is: 'text'; readonly text: string; readonly arguments: readonly string[] }
  /** Commands of the shell on standard input: a prompt where that is a terminal. */
  | { readonly is: 'input' };

/** What the program knows besides running commands, by the words that stand in a command's place. */
export type Word = 'logs' | 'substitutes' | 'doctor' | 'bootstrap' | 'seccomp-profile';

/** What can be done with the build logs of a store at hand. */
export const logsActions = ['list', 'show', 'unpack'] as const;
export type LogsAction = (typeof logsActions)[number];

/** What can be done with substitute servers and their keys. */
export const substitutesActions = ['list', 'authorize'] as const;
export type SubstitutesAction = (typeof substitutesActions)[number];

/** What the command line asks for. */
export type Request =
  /** `of`: of this word alone. */
  | { readonly word: 'help'; readonly of?: Word }
  | { readonly word: 'version' }
  | { readonly word: 'seccomp-profile' }
  | { readonly word: 'run'; readonly task: Task; readonly options: Options }
  | LogsRequest
  | SubstitutesRequest
  | DoctorRequest
  | BootstrapRequest;

/** `names` are as they were typed; none: what `options.logs` selects. */
export type LogsRequest = {
  readonly word: 'logs';
  readonly action: LogsAction;
  readonly names: readonly string[];
  readonly options: Options;
};

/** `names` are of keys, as they were typed; none: all keys that there are. */
export type SubstitutesRequest = {
  readonly word: 'substitutes';
  readonly action: SubstitutesAction;
  readonly names: readonly string[];
  readonly options: Options;
};

/** `names` are of checks, as they were typed; none: all that there are. */
export type DoctorRequest = {
  readonly word: 'doctor';
  readonly names: readonly string[];
  readonly options: Options;
};

/** `names` are of packages, as they were typed; none: all that the file defines. */
export type BootstrapRequest = {
  readonly word: 'bootstrap';
  readonly file: string;
  readonly names: readonly string[];
  readonly options: Options;
};
