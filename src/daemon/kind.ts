import type { Needs } from '../machine/sandbox.ts';

/** A command's environment: names and values. */
export type Environment = Readonly<Record<string, string>>;

/** What sets one kind of daemon apart from its cousins. */
export type Kind = {
  readonly name: 'guix' | 'nix';
  /** What people call the whole of it, and Debian its package. */
  readonly title: string;
  readonly debianPackage: string;
  /** The program's name. */
  readonly program: string;
  /** The one that people use, beside it. */
  readonly client: string;
  /** The names of commands that talk to this daemon and to no other. */
  readonly clients: RegExp;
  /** Where it is looked for before PATH: its own profile, and where installers place it. */
  readonly installedAt: (environment: NodeJS.ProcessEnv) => readonly string[];
  readonly profiles: ProfileRules;
  /** The files of bash's completion for the client, in profiles and elsewhere; `~` is the home. */
  readonly completions: readonly string[];

  /** Where clients with this environment look for the daemon; a bad variable is an error. */
  readonly findSocket: (environment: NodeJS.ProcessEnv) => string;
  /** What addresses its clients know, and the variable that tells them one. */
  readonly addresses: RegExp;
  readonly socketVariable: string;
  /**
   * Makes the clients with this environment look there, and want what a daemon was told that we have started
   * with these options.
   */
  readonly tellClients: (
    environment: Environment,
    daemon: { readonly socket: string; readonly options: readonly string[] },
  ) => Environment;
  /** Makes a daemon listen there: its first arguments, and its environment. */
  readonly listen: (socket: string, environment: Environment) => Arguments;

  /** What it does around builds that its cousin does not. */
  readonly needs: Needs;
  readonly buildUsers: {
    /** As its installers call them. */
    readonly names: readonly string[];
    /** What makes a daemon of root's take them from their group. */
    readonly options: readonly string[];
    /** The group of a daemon that is started so; `undefined`: it builds as itself. */
    readonly findGroup: (setUp: SetUp) => string | undefined;
  };
  readonly isolation: {
    /** What makes a daemon isolate no build, and insist on isolating them. */
    readonly off: readonly string[];
    readonly on: readonly string[];
    /** Whether a daemon with these options isolates none, whatever its settings. */
    readonly isOff: (options: readonly string[]) => boolean;
    /** What its settings say where no option does. */
    readonly readSetting: (setUp: SetUp) => 'off' | 'insists' | 'as it can';
    /** The setting by which it insists. */
    readonly insistence?: string;
  };
  readonly substitutes: {
    /** What makes a daemon use none. */
    readonly off: readonly string[];
    /**
     * What makes it ask these servers, URLs with spaces between them, and no others, unless a client names one
     * of those in whose place they are.
     */
    readonly from: (urls: string, inPlaceOf: string) => readonly string[];
  };
  /** What makes a session look again whether its client is gone, and does nothing else to it. */
  readonly wakesSessions: NodeJS.Signals | undefined;
  /** Whether a client wants its other builds to go on when one has failed. */
  readonly keepsGoing: (client: Client) => boolean;

  /** What people type. */
  readonly commands: {
    /** Removes what nothing in the store needs. */
    readonly collectGarbage: string;
    readonly installCertificates: string;
  };
  /** What of all that people do takes the most memory and room. */
  readonly greediest: string;
  readonly store: string;
  /** What it keeps about the store. */
  readonly stateDirectory: (environment: NodeJS.ProcessEnv) => string;
  /** The directory that holds `drvs`, the tree of build logs. */
  readonly logDirectory: (environment: NodeJS.ProcessEnv) => string;
  /** The directory in which each session lists the store items that it protects. */
  readonly tempRoots: (environment: NodeJS.ProcessEnv) => string;
  /** The journal of the store's database. */
  readonly journal: (environment: NodeJS.ProcessEnv) => string;
};

/** What a program is started with. */
export type Arguments = {
  readonly options: readonly string[];
  readonly environment: Environment;
};

/** What a daemon goes by: its files of settings are found by the environment. */
export type SetUp = {
  readonly environment: NodeJS.ProcessEnv;
  /** Options that the user gives it. */
  readonly daemonOptions: readonly string[];
};

/** A process that has a session with the daemon. */
export type Client = {
  readonly words: readonly string[];
  readonly readVariable: (name: string) => string | undefined;
};

/** How profiles become part of an environment. */
export type ProfileRules = {
  /** The variable that names one, and is set while its script runs. */
  readonly variable?: string;
  /** The variable that is to name the locales of the first one. */
  readonly localeVariable?: string;
  /** Those that may be there; the one that comes first on PATH is first. */
  readonly list: (environment: NodeJS.ProcessEnv) => readonly string[];
  /** The script in a profile that sets what programs need. */
  readonly script: string;
  /** The search paths that a profile adds to even when its script doesn't name them. */
  readonly searchPaths: readonly (readonly [variable: string, directory: string])[];
  /** The file of a profile that has all certificates. */
  readonly certificates: string;
  /** The variables that name it, beside those that all programs know. */
  readonly certificateVariables: readonly string[];
};
