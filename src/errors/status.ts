import type { Failure } from './failure.ts';

/**
 * The exit statuses that are ours, not the command's: the shell's two, those of sysexits.h, and that
 * of a word of ours that could do a part of its work at most.
 */
export const failureStatus = {
  incomplete: 1,
  notExecutable: 126,
  notFound: 127,
  usage: 64,
  daemonUnavailable: 69,
  bug: 70,
  misconfigured: 78,
} as const;

/** The exit status that each kind of failure ends the run with. */
export const statusOfFailure: { readonly [K in Failure['kind']]: number } = {
  'unknown-option': failureStatus.usage,
  'missing-value': failureStatus.usage,
  'unwanted-value': failureStatus.usage,
  'bad-value': failureStatus.usage,
  'unknown-action': failureStatus.usage,
  'unknown-check': failureStatus.incomplete,
  'unwanted-name': failureStatus.usage,
  'output-lost': failureStatus.incomplete,
  'no-log-directory': failureStatus.incomplete,
  'log-not-found': failureStatus.incomplete,
  'no-log-selected': failureStatus.incomplete,
  'build-unfinished': failureStatus.incomplete,
  'server-list-broken': failureStatus.misconfigured,
  'no-server-answers': failureStatus.incomplete,
  'key-not-found': failureStatus.incomplete,
  'key-unreadable': failureStatus.incomplete,
  'key-malformed': failureStatus.incomplete,
  'keys-refused': failureStatus.incomplete,
  'keys-missing': failureStatus.incomplete,
  'guix-not-found': failureStatus.incomplete,
  'keys-are-settings': failureStatus.incomplete,
  'profile-broken': failureStatus.misconfigured,
  'cache-no-room': failureStatus.misconfigured,
  'cache-taken': failureStatus.misconfigured,
  'cache-unusable': failureStatus.misconfigured,
  'loader-not-found': failureStatus.notFound,
  'no-proc': failureStatus.misconfigured,
  'no-place-to-load': failureStatus.misconfigured,
  'command-not-found': failureStatus.notFound,
  'interpreter-not-found': failureStatus.notFound,
  'carriage-return': failureStatus.notFound,
  'command-not-executable': failureStatus.notExecutable,
  'daemon-not-found': failureStatus.daemonUnavailable,
  'daemon-not-executable': failureStatus.daemonUnavailable,
  'daemon-exited': failureStatus.daemonUnavailable,
  'daemon-refused': failureStatus.daemonUnavailable,
  'daemon-silent': failureStatus.daemonUnavailable,
  'daemon-user-unknown': failureStatus.daemonUnavailable,
  'daemon-user-not-us': failureStatus.daemonUnavailable,
  'setpriv-not-found': failureStatus.daemonUnavailable,
  'store-not-owned': failureStatus.daemonUnavailable,
  'no-sandbox': failureStatus.daemonUnavailable,
  'daemon-unreachable': failureStatus.daemonUnavailable,
  'no-socket-directory': failureStatus.daemonUnavailable,
  'socket-occupied': failureStatus.daemonUnavailable,
};
