import type { Explanation } from '../machine/sandbox.ts';
import type { BootstrapFailure } from './bootstrap-failure.ts';
import type { Hint } from './hint.ts';
import type { Ending } from '../processes/ending.ts';

/** What can go wrong without a bug of ours, as data. `wording.ts` says it in words. */
export type Failure =
  | BootstrapFailure
  | { readonly kind: 'unknown-option'; readonly option: string; readonly nearest?: string }
  | { readonly kind: 'missing-value'; readonly option: string; readonly wanted: string }
  | { readonly kind: 'unwanted-value'; readonly option: string; readonly value: string }
  | {
      readonly kind: 'bad-value';
      readonly option: string;
      readonly value: string;
      readonly wanted: string;
    }
  /** Something else than what one of our own words can do. */
  | {
      readonly kind: 'unknown-action';
      readonly word: string;
      readonly action: string;
      readonly allowed: readonly string[];
      readonly nearest?: string;
    }
  /** The doctor has no such check. */
  | {
      readonly kind: 'unknown-check';
      readonly name: string;
      readonly known: readonly string[];
      readonly nearest?: string;
    }
  /** Behind a word of ours that takes no names there. */
  | { readonly kind: 'unwanted-name'; readonly behind: string; readonly name: string }
  /** Standard output doesn't take what we have to say. */
  | { readonly kind: 'output-lost'; readonly reason: string }
  | { readonly kind: 'no-log-directory'; readonly directory: string; readonly reason: string }
  /** No log goes by that name; `logs` is how many were looked at. */
  | {
      readonly kind: 'log-not-found';
      readonly name: string;
      readonly logs: number;
      readonly directory: string;
      readonly nearest?: string;
    }
  /** Of all logs, `--logs` selects none. */
  | {
      readonly kind: 'no-log-selected';
      readonly which: 'failed' | 'all' | 'none';
      readonly logs: number;
      readonly directory: string;
    }
  | { readonly kind: 'build-unfinished'; readonly derivation: string }
  /** The list of substitute servers that stands in for the built-in one. */
  | { readonly kind: 'server-list-broken'; readonly file: string; readonly reason: string }
  /** Of the servers in force none can be used; why not is told of each. */
  | { readonly kind: 'no-server-answers'; readonly servers: number; readonly store: string }
  /** Neither one of our keys nor a file. */
  | {
      readonly kind: 'key-not-found';
      readonly name: string;
      readonly known: readonly string[];
      readonly nearest?: string;
    }
  | { readonly kind: 'key-unreadable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'key-malformed'; readonly file: string; readonly isPrivate: boolean }
  /** What Guix said when it was given keys, the same of each. */
  | {
      readonly kind: 'keys-refused';
      readonly keys: readonly string[];
      readonly program: string;
      readonly ending: Ending;
      readonly words: readonly string[];
    }
  /** Guix is content, and the list that counts has not changed. */
  | { readonly kind: 'keys-missing'; readonly keys: readonly string[]; readonly acl: string }
  | { readonly kind: 'guix-not-found'; readonly places: readonly string[] }
  /** Only Guix authorizes keys; Nix has a setting for them. */
  | { readonly kind: 'keys-are-settings' }
  | { readonly kind: 'profile-broken'; readonly script: string; readonly reason: string }
  /** The staging directory's file system is too small for the home cache. */
  | {
      readonly kind: 'cache-no-room';
      readonly directory: string;
      readonly unit: 'bytes' | 'files';
      readonly needed: number;
      readonly free: number;
      /** How large the file system is, in the same unit. */
      readonly size: number;
    }
  /** The home cache can't be read, or the staging directory not be written. */
  | {
      readonly kind: 'cache-unusable';
      readonly home: string;
      readonly staged: string;
      readonly culprit: 'home' | 'staged';
      readonly reason: string;
    }
  /** The staging directory is that of another home cache. */
  | {
      readonly kind: 'cache-taken';
      readonly home: string;
      readonly owner: string;
      readonly staged: string;
    }
  | { readonly kind: 'command-not-found'; readonly command: string }
  | {
      readonly kind: 'interpreter-not-found';
      readonly script: string;
      readonly interpreter: string;
    }
  /** The lines end as on Windows, and the kernel takes the carriage return for a part of a name. */
  | { readonly kind: 'carriage-return'; readonly script: string }
  /** A program whose file is there, and not what the kernel needs to load it. */
  | { readonly kind: 'loader-not-found'; readonly command: string }
  | { readonly kind: 'no-proc'; readonly reason: string }
  /** No directory takes a file that can be executed; what each said. */
  | { readonly kind: 'no-place-to-load'; readonly reasons: readonly string[] }
  | { readonly kind: 'command-not-executable'; readonly command: string; readonly reason: string }
  | {
      readonly kind: 'daemon-not-found';
      /** Of the whole that is to be installed. */
      readonly title: string;
      readonly program: string;
      readonly places: readonly string[];
    }
  | { readonly kind: 'daemon-not-executable'; readonly program: string; readonly reason: string }
  | {
      readonly kind: 'daemon-exited';
      readonly program: string;
      readonly ending: Ending;
      readonly words: readonly string[];
      readonly advice?: Hint;
    }
  | {
      readonly kind: 'daemon-refused';
      readonly program: string;
      readonly reason: string;
      readonly advice?: Hint;
    }
  | {
      readonly kind: 'daemon-silent';
      readonly program: string;
      readonly socket: string;
      readonly seconds: number;
      readonly words: readonly string[];
      readonly advice?: Hint;
    }
  /** `--daemon-user`: nobody of that name; not us, and we aren't root; what that user needs. */
  | { readonly kind: 'daemon-user-unknown'; readonly user: string }
  | { readonly kind: 'daemon-user-not-us'; readonly user: string }
  | { readonly kind: 'setpriv-not-found'; readonly user: string }
  /** What a daemon that isn't root must own, and doesn't; the store is the first. */
  | {
      readonly kind: 'store-not-owned';
      readonly user: string;
      readonly directories: readonly string[];
    }
  /** `--chroot=on`: what stands in the way, and what to type. */
  | (Explanation & { readonly kind: 'no-sandbox' })
  | { readonly kind: 'daemon-unreachable'; readonly socket: string; readonly reason: string }
  | {
      readonly kind: 'no-socket-directory';
      readonly directory: string;
      readonly reason: string;
      readonly advice?: Hint;
    }
  | { readonly kind: 'socket-occupied'; readonly socket: string };

/** A failure on its way to `main`, which alone shows it and sets the exit status. */
export class EntryPointError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.kind, options);
    this.name = 'EntryPointError';
    this.failure = failure;
  }
}
