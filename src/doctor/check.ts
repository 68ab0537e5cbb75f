import type { Chosen } from '../daemon/choose.ts';
import type { Kind } from '../daemon/kind.ts';
import type { Failure } from '../errors/failure.ts';
import type { Report } from '../events/event.ts';
import type { Options } from '../options/options.ts';

/** What a check can look at. */
export type Machine = Chosen & {
  /** Our environment with the profiles in it, as a run's command would have it. */
  readonly environment: Readonly<Record<string, string>>;
  /** As it was given to us. */
  readonly given: Readonly<Record<string, string>>;
  readonly options: Options;
  /** Why the profiles are not in the environment. */
  readonly profileFailure: Failure | undefined;
  /** Aborted when the doctor is called off. */
  readonly signal: AbortSignal;
  /** For what happens on the way, such as a daemon that doesn't end when it should. */
  readonly report: Report;
};

/** One thing that was found. */
export type Finding = {
  /**
   * `fine`: as it should be; `odd`: works, but worse than it could, or only in part; `broken`:
   * something won't work.
   */
  readonly state: 'fine' | 'odd' | 'broken';
  /** What was found, one line without a full stop: `/gnu/store: 12.3 GiB free`. */
  readonly text: string;
  /** What it means for the user, a sentence or two; of what is fine there is nothing to say. */
  readonly meaning?: string;
  /** What to type: a command that can be copied as it is, or a line of a configuration. */
  readonly command?: string;
  /** Does what the command does, where that is safe; rejects when it can't be done. */
  readonly fix?: () => Promise<void> | void;
};

/** One check, in a file of its own. */
export type Check = {
  /** As it is typed: `build-users`. */
  readonly name: string;
  /** What it looks at, for `doctor --help`: `the group and the users that builds run as`. */
  readonly title: string;
  /** Of the other kind of daemon there is nothing to look at. */
  readonly only?: Kind['name'];
  /** What was found; nothing, where there is nothing to look at. One that throws is a bug of ours. */
  readonly examine: (machine: Machine) => readonly Finding[] | Promise<readonly Finding[]>;
};
