import type { Event, Report } from '../events/event.ts';
import type { Arguments, Environment, Kind } from './kind.ts';
import type { Manner } from './manner.ts';

/** A daemon that clients can use until it is disposed of. */
export type Daemon = AsyncDisposable & {
  /** Its address for clients. */
  readonly socket: string;
  /** What we have told it beyond the user's own options; nothing, if we haven't started it. */
  readonly options: readonly string[];
  /** The logs of its builds are written on this machine. */
  readonly writesLogsHere: boolean;
  /** What whoever uses it should know, as soon as somebody does. */
  readonly notice: Event | undefined;
  /** Waits until no client of this run is served any more: their build logs are complete then. */
  readonly settle: () => Promise<void>;
  /** Whether a child of ours is the daemon, or belongs to it. */
  readonly owns: (pid: number) => boolean;
  /** Those of the store items that the database knows as complete. */
  readonly findValid: (storeItems: readonly string[]) => Promise<readonly string[]>;
};

/** What daemon a run wants. */
export type Wish = {
  readonly kind: Kind;
  /** Where clients look for it. */
  readonly socket: string;
  /** Finds the program, in case one has to be started. */
  readonly locate: () => string;
  /** Further arguments, after ours. */
  readonly options: readonly string[];
  /** Chooses as whom one is started, and whether it isolates builds. */
  readonly manner: (socket: string) => Promise<Manner>;
  /** How one with this environment comes to substitutes: its arguments for that, and its environment. */
  readonly substitutes: (environment: Environment) => Arguments;
  /** Makes from that environment what a program is started with. */
  readonly fit: (environment: Environment, program: string) => Environment;
  /** How long it may take until it answers, in seconds. */
  readonly timeout: number;
};

/** The run that wants it: whom to tell, and when to give up. */
export type Run = { readonly report: Report; readonly signal: AbortSignal };
