import type { Explanation } from '../machine/sandbox.ts';
import type { Failure } from '../errors/failure.ts';
import type { Hint } from '../errors/hint.ts';
import type { Ending } from '../processes/ending.ts';
import type { BootstrapEvent } from './bootstrap-event.ts';
import type { CacheEvent } from './cache-event.ts';

/** Whose daemon it is. */
export type DaemonKind = 'guix' | 'nix';

/** What happens in a run, as data. Times are in milliseconds. */
export type Event =
  | { readonly event: 'profile-missing'; readonly profile: string }
  /** What was given to us makes programs of this machine load code from a store; names. */
  | { readonly event: 'store-variables'; readonly variables: readonly string[] }
  /** The same of what stands in the profiles that we load. */
  | { readonly event: 'profile-variables'; readonly variables: readonly string[] }
  /** What a program of this machine is started without. */
  | {
      readonly event: 'environment-cleaned';
      readonly program: string;
      readonly removed: readonly { readonly name: string; readonly entries: readonly string[] }[];
    }
  /** Guix can't have these locales, and would warn on every start: they are another one instead. */
  | {
      readonly event: 'locales-replaced';
      readonly missing: readonly { readonly name: string; readonly locale: string }[];
      readonly instead: string;
    }
  // `daemon` is the number of the daemon's process.
  | { readonly event: 'daemon-reused'; readonly kind: DaemonKind; readonly socket: string }
  | {
      readonly event: 'daemon-started';
      readonly kind: DaemonKind;
      readonly daemon: number;
      readonly program: string;
      readonly arguments: readonly string[];
    }
  /** Builds are not isolated from this machine: why not, and what would give it back. */
  | (Explanation & { readonly event: 'sandbox-off' })
  /** The daemon has a /proc of its own, because parts of the one that is there are hidden. */
  | { readonly event: 'proc-renewed'; readonly kind: DaemonKind }
  | {
      readonly event: 'daemon-ready';
      readonly kind: DaemonKind;
      readonly daemon: number;
      readonly milliseconds: number;
    }
  | { readonly event: 'daemon-said'; readonly kind: DaemonKind; readonly line: string }
  | {
      readonly event: 'daemon-died';
      readonly kind: DaemonKind;
      readonly daemon: number;
      readonly ending: Ending;
      readonly words: readonly string[];
    }
  | {
      readonly event: 'daemon-stopped';
      readonly kind: DaemonKind;
      readonly daemon: number;
      readonly milliseconds: number;
    }
  | {
      readonly event: 'stop-overdue';
      readonly what: string;
      readonly pids: readonly number[];
      readonly seconds: number;
      readonly signal: NodeJS.Signals;
    }
  | {
      readonly event: 'sessions-ended';
      readonly kind: DaemonKind;
      readonly pids: readonly number[];
    }
  /** Those of runs that were killed. */
  | {
      readonly event: 'daemons-abandoned';
      readonly kind: DaemonKind;
      readonly pids: readonly number[];
    }
  | { readonly event: 'teardown-failed'; readonly step: string; readonly reason: string }
  | { readonly event: 'builders-orphaned'; readonly pids: readonly number[] }
  | { readonly event: 'journal-left'; readonly file: string }
  /** The kernel doesn't give us our descendants' orphans: those may survive the run. */
  | { readonly event: 'orphans-unreachable' }
  /** There is no command, and standard input is /dev/null: an engine was told of neither. */
  | { readonly event: 'nothing-to-run' }
  | { readonly event: 'command-started'; readonly command: readonly string[] }
  /** A shell that traces its commands itself. */
  | { readonly event: 'shell-started'; readonly command: readonly string[] }
  | { readonly event: 'command-ended'; readonly ending: Ending; readonly milliseconds: number }
  | {
      readonly event: 'signal-received';
      readonly signal: NodeJS.Signals;
      readonly fate: 'passed on' | 'stopping';
    }
  /** One that would not end anybody: passed on, and not worth a word. */
  | { readonly event: 'signal-relayed'; readonly signal: NodeJS.Signals }
  /** The second that asks to end: SIGKILL was sent to these. */
  | {
      readonly event: 'signal-escalated';
      readonly signal: NodeJS.Signals;
      readonly pids: readonly number[];
    }
  /** The terminal has sent it to the command, too. */
  | { readonly event: 'signal-left'; readonly signal: NodeJS.Signals }
  | { readonly event: 'signal-undeliverable'; readonly signal: NodeJS.Signals }
  /** What the command left running, and was sent SIGTERM. */
  | {
      readonly event: 'leftovers-ended';
      readonly left: readonly { readonly pid: number; readonly name: string }[];
    }
  /** A line typed at the prompt. */
  | { readonly event: 'line-failed'; readonly status: number }
  /** The lines typed at the prompt can't be kept. */
  | { readonly event: 'history-lost'; readonly file: string; readonly reason: string }
  /** What became of the builds of this run; derivations. */
  | {
      readonly event: 'builds-failed';
      readonly failed: readonly string[];
      /** Going on when another one failed, and ended for that. */
      readonly interrupted: readonly string[];
      /** Needed one of these. */
      readonly untried: readonly string[];
    }
  /** The run failed and wrote no log, and older ones stand there. */
  | { readonly event: 'older-logs'; readonly unpacked: number; readonly isAll: boolean }
  /** A log that has been unpacked; what is shown of it follows, up to `build-log-end`. */
  | (BuildLog & { readonly event: 'build-log' })
  | { readonly event: 'build-log-line'; readonly line: string }
  | { readonly event: 'build-log-end'; readonly derivation: string }
  /** The logs couldn't be looked for. */
  | { readonly event: 'build-logs-lost'; readonly reason: string }
  /** It can't be read or, where a directory is named, not be left there. */
  | {
      readonly event: 'build-log-lost';
      readonly log: string;
      readonly directory?: string;
      readonly reason: string;
    }
  /** A log that was asked for, or a directory of logs. */
  | { readonly event: 'log-unreadable'; readonly path: string; readonly reason: string }
  /** The summary of a CI job couldn't be added to. */
  | { readonly event: 'summary-lost'; readonly file: string; readonly reason: string }
  | { readonly event: 'logs-archived'; readonly file: string; readonly logs: number }
  | { readonly event: 'logs-archive-lost'; readonly file: string; readonly reason: string }
  /** A log that is left out of the archive. */
  | { readonly event: 'log-not-archived'; readonly log: string; readonly reason: string }
  /** The gateway to the substitute servers can't be opened: the daemon is given their list. */
  | { readonly event: 'gateway-lost'; readonly reason: string }
  /** What a run has fetched from substitute servers, in bytes as it was packed. */
  | {
      readonly event: 'substitutes-used';
      readonly items: number;
      readonly bytes: number;
      readonly servers: readonly { readonly url: string; readonly bytes: number }[];
      /** Those with which something went wrong, and what. */
      readonly failed: readonly { readonly url: string; readonly reason: string }[];
    }
  /**
   * Servers sign with a key that this machine doesn't trust; `key` is its file, if it is one of ours. Of a
   * key of Nix's only the name is known.
   */
  | {
      readonly event: 'key-unauthorized';
      readonly kind: DaemonKind;
      readonly urls: readonly string[];
      readonly publicKey: string;
      readonly key: string | undefined;
    }
  /** A key that Guix takes, as of now or already. */
  | {
      readonly event: 'key-authorized';
      readonly key: string;
      readonly publicKey: string;
      readonly isNew: boolean;
    }
  /** What a failed run or line fails for, most likely, and what kind of fault that is. */
  | (Hint & { readonly event: 'hint'; readonly rule: string })
  | CacheEvent
  | BootstrapEvent
  | { readonly event: 'failure'; readonly failure: Failure }
  | { readonly event: 'bug'; readonly stack: string };

/** What is told of a build and its log. */
export type BuildLog = {
  readonly derivation: string;
  /** Its name without the hash: `hello-2.12`. */
  readonly package: string;
  /** `succeeded`: its outputs are valid, and the daemon left no lock file; `unknown`: the derivation is gone. */
  readonly state: 'failed' | 'succeeded' | 'unknown';
  /** It was written before this run. */
  readonly isOlder: boolean;
  /** Where the log can be read. */
  readonly file: string;
  /** How many lines it has, and how many of its last ones are shown. */
  readonly lines: number;
  readonly shown: number;
  /** `cut short`: its builder was killed; `damaged`: the rest can't be unpacked. */
  readonly end: 'whole' | 'cut short' | 'damaged';
  /** The phase that the build ended in; `failed`: it said so itself. */
  readonly phase?: { readonly name: string; readonly seconds?: number; readonly failed: boolean };
  /** How long the build took. */
  readonly milliseconds?: number;
  /** What to read first. */
  readonly firstError?: { readonly line: number; readonly text: string };
};

/** Tells an event to whoever watches the run. */
export type Report = (event: Event) => void;
