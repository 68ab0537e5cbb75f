import { constants } from 'node:os';
import { inject } from 'vitest';
import type { Installed } from '../../scripts/provision.ts';
import { guix } from '../../src/daemon/guix.ts';
import type { Kind } from '../../src/daemon/kind.ts';
import { nix } from '../../src/daemon/nix.ts';

// The suites are written once, and run for each daemon: in vitest.config.ts, each has a project. What
// they need to know of it is here.

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- it is merged with vitest's own
  interface ProvidedContext {
    /** The daemon of a project; Guix's unless told otherwise. */
    readonly installed?: Installed;
  }
}

/** A build whose builder is a line of shell. */
export type ShellBuild = {
  /** With its version. */
  readonly name: string;
  readonly script: string;
  readonly inputs?: readonly ShellBuild[];
  readonly outputs?: readonly string[];
  /** The SHA-256 that its output is said to have, in hexadecimal. */
  readonly hash?: string;
};

/** A daemon as the suites know it. */
type TestedDaemon = {
  readonly installed: Installed;
  readonly kind: Kind;
  readonly program: string;
  /** The arguments of one that somebody else starts. */
  readonly arguments: readonly string[];
  readonly socket: string;
  readonly socketVariable: string;
  /** What its clients find in the environment, and would not without us: what makes them its clients. */
  readonly environment: Readonly<Record<string, string>>;
  /** How one of its clients ends on such a signal. */
  readonly statusAfter: (signal: NodeJS.Signals) => number;
  readonly buildGroup: string;
  readonly stateDirectory: string;
  /** Where it builds. */
  readonly buildDirectory: string;
  readonly logDirectory: string;
  readonly logVariable: string;
  /** How the name of a log ends. */
  readonly logEnding: string;
  /** Builds those of the packages in `test/fixtures` that have these names. */
  readonly build: (...names: readonly string[]) => readonly string[];
  /** Builds all of these, with options behind them. */
  readonly buildEach: (
    builds: readonly ShellBuild[],
    options?: readonly string[],
  ) => readonly string[];
  /** An option of these that has a value. */
  readonly option: (name: string, value: number) => readonly string[];
  /** Asks it for something, and says nothing while the store is empty. */
  readonly ask: readonly string[];
  /** Takes a file into the store. */
  readonly add: (file: string) => readonly string[];
  /** Hands over a build that is not to be built yet. */
  readonly instantiate: (build: ShellBuild) => readonly string[];
  readonly collectGarbage: string;
  readonly delete: (item: string) => readonly string[];
  /** After a `--check` that succeeded, too: it can't be told from one that failed (docs/build-logs.md). */
  readonly leavesLocksOfChecks: boolean;
  /** What its client says of each derivation whose build failed. */
  readonly tellsFailure: RegExp;
};

/** The exit status of who has been ended by a signal. */
function endBy(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** Text in double quotes; both languages know these. */
function quote(text: string): string {
  return JSON.stringify(text);
}

const packages = '/fixtures/packages';

function toScheme({ name, script, inputs, outputs, hash }: ShellBuild): string {
  const parts = [
    `shell-build ${quote(name)} ${quote(script)}`,
    ...(inputs ? [`#:inputs (list ${inputs.map(toScheme).join(' ')})`] : []),
    ...(outputs ? [`#:outputs '(${outputs.map(quote).join(' ')})`] : []),
    ...(hash ? [`#:hash (base16-string->bytevector ${quote(hash)})`] : []),
  ];
  return `(${parts.join(' ')})`;
}

function buildWithGuix(builds: readonly ShellBuild[]): readonly string[] {
  return [
    ...['guix', 'build', '-L', packages],
    ...builds.flatMap((build) => [
      '-e',
      `(begin (use-modules (shell-build) (guix base16)) ${toScheme(build)})`,
    ]),
  ];
}

const guixOfSid: TestedDaemon = {
  installed: 'guix',
  kind: guix,
  program: '/usr/bin/guix-daemon',
  arguments: ['--build-users-group=guixbuild', '--listen=/var/guix/daemon-socket/socket'],
  socket: '/var/guix/daemon-socket/socket',
  socketVariable: 'GUIX_DAEMON_SOCKET',
  environment: {},
  statusAfter: endBy,
  buildGroup: 'guixbuild',
  stateDirectory: '/var/guix',
  buildDirectory: '/tmp',
  logDirectory: '/var/log/guix',
  logVariable: 'GUIX_LOG_DIRECTORY',
  logEnding: '.gz',
  build: (...names) => [
    ...['guix', 'build', '-L', packages],
    ...names.flatMap((name) => ['-f', `${packages}/${name}.scm`]),
  ],
  buildEach: (builds, options = []) => [...buildWithGuix(builds), ...options],
  option: (name, value) => [`${name}=${value}`],
  ask: ['guix', 'repl', '--', '/dev/null'],
  add: (file) => ['guix', 'download', file],
  instantiate: (build) => [...buildWithGuix([build]), '--derivations'],
  collectGarbage: 'guix gc',
  delete: (item) => ['guix', 'gc', '--delete', item],
  leavesLocksOfChecks: false,
  tellsFailure: /^build of (\S+\.drv) failed$/gm,
};

/** A `$` in a script must not begin a value of Nix's. */
function toNix({ name, script, inputs, outputs, hash }: ShellBuild): string {
  const parts = [
    `name = ${quote(name)}; script = ${quote(script).replaceAll('${', '\\${')};`,
    ...(inputs ? [`inputs = [ ${inputs.map(toNix).join(' ')} ];`] : []),
    ...(outputs ? [`outputs = [ ${outputs.map(quote).join(' ')} ];`] : []),
    ...(hash ? [`hash = ${quote(hash)};`] : []),
  ];
  return `(import /fixtures/nix/shell-build.nix { ${parts.join(' ')} })`;
}

/** "error: interrupted by the user" */
const caughtByNix: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP']);

type Version = Pick<
  TestedDaemon,
  'installed' | 'buildDirectory' | 'leavesLocksOfChecks' | 'tellsFailure'
>;

function describeNix(version: Version): TestedDaemon {
  return {
    ...version,
    kind: nix,
    program: '/usr/bin/nix-daemon',
    arguments: ['--daemon'],
    socket: '/nix/var/nix/daemon-socket/socket',
    socketVariable: 'NIX_DAEMON_SOCKET_PATH',
    environment: {
      NIX_REMOTE: 'daemon',
      NIX_CONFIG: 'substituters = https://cache.nixos.org',
    },
    statusAfter: (signal) => (caughtByNix.has(signal) ? 1 : endBy(signal)),
    buildGroup: 'nixbld',
    stateDirectory: '/nix/var/nix',
    logDirectory: '/nix/var/log/nix',
    logVariable: 'NIX_LOG_DIR',
    logEnding: '.bz2',
    build: (...names) => [
      ...['nix-build', '--no-out-link'],
      ...names.map((name) => `/fixtures/nix/${name}.nix`),
    ],
    buildEach: (builds, options = []) => [
      ...['nix-build', '--no-out-link', '--expr', ...builds.map(toNix)],
      ...options,
    ],
    option: (name, value) => [name, `${value}`],
    ask: ['nix-store', '--dump-db'],
    add: (file) => ['nix-store', '--add', file],
    instantiate: (build) => ['nix-instantiate', '--expr', toNix(build)],
    collectGarbage: 'nix-store --gc',
    delete: (item) => ['nix-store', '--delete', item],
  };
}

const daemons: Readonly<Record<Installed, TestedDaemon>> = {
  guix: guixOfSid,
  'nix-bookworm': describeNix({
    installed: 'nix-bookworm',
    buildDirectory: '/tmp',
    leavesLocksOfChecks: true,
    tellsFailure: /^error: (?:builder for|hash mismatch in fixed-output derivation) '(\S+\.drv)'/gm,
  }),
  'nix-sid': describeNix({
    installed: 'nix-sid',
    buildDirectory: '/nix/var/nix/builds',
    leavesLocksOfChecks: false,
    // "1 dependency failed" is a reason, too.
    tellsFailure:
      /^error: (?:builder for|hash mismatch in fixed-output derivation|Cannot build) '(\S+\.drv)'(?!\.\n +Reason: \d+ dependenc)/gm,
  }),
};

/** The one of the project that runs. */
export const daemon = daemons[inject('installed') ?? 'guix'];
