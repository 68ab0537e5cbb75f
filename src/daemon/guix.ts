import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findHome } from '../processes/home.ts';
import { findBuildUsersGroup, nameBuildUsers } from '../machine/build-users.ts';
import { readSocketVariable } from './address.ts';
import type { Client, Kind } from './kind.ts';

const defaultSocket = '/var/guix/daemon-socket/socket';
const disableChroot = '--disable-chroot';

export const guix: Kind = {
  name: 'guix',
  title: 'Guix',
  debianPackage: 'guix',
  program: 'guix-daemon',
  client: 'guix',
  clients: /^guix$/,
  installedAt: (environment) => [
    ...[findPulled(environment)].flatMap((profile) => (profile ? [join(profile, 'bin')] : [])),
    '/var/guix/profiles/per-user/root/current-guix/bin',
  ],
  profiles: {
    variable: 'GUIX_PROFILE',
    localeVariable: 'GUIX_LOCPATH',
    // "Getting Started" in the manual: that of `guix pull`, and before it the user's own packages.
    list: (environment) => [
      join(findHome(environment), '.guix-profile'),
      ...[findPulled(environment)].flatMap((profile) => profile ?? []),
    ],
    script: 'etc/profile',
    searchPaths: [
      ['PATH', 'bin'],
      ['INFOPATH', 'share/info'],
      ['MANPATH', 'share/man'],
    ],
    certificates: 'etc/ssl/certs/ca-certificates.crt',
    certificateVariables: [],
  },
  completions: [
    ...['~/.config/guix/current', '/root/.config/guix/current', '~/.guix-profile'].map(
      (profile) => `${profile}/etc/bash_completion.d/guix`,
    ),
    '/usr/share/bash-completion/completions/guix',
    '/etc/bash_completion.d/guix',
  ],

  findSocket: (environment) =>
    readSocketVariable('GUIX_DAEMON_SOCKET', environment) ?? defaultSocket,
  // Clients look at the usual place by themselves; any other they must be told.
  addresses: /^(?:\/|guix:\/\/|ssh:\/\/)/,
  socketVariable: 'GUIX_DAEMON_SOCKET',
  tellClients: (environment, { socket }) =>
    socket === (environment['GUIX_DAEMON_SOCKET'] || defaultSocket)
      ? environment
      : { ...environment, GUIX_DAEMON_SOCKET: socket },
  listen: (socket, environment) => ({ options: [`--listen=${socket}`], environment }),

  needs: { userSpace: false, personality: true },
  buildUsers: {
    names: nameBuildUsers((index) => `guixbuilder${String(index).padStart(2, '0')}`),
    options: ['--build-users-group=guixbuild'],
    findGroup: ({ daemonOptions }) => findBuildUsersGroup(daemonOptions) ?? 'guixbuild',
  },
  isolation: {
    off: [disableChroot],
    // It never does without, unless told so.
    on: [],
    isOff: (options) => options.includes(disableChroot),
    readSetting: () => 'as it can',
  },
  substitutes: {
    off: ['--no-substitutes'],
    from: (urls) => [`--substitute-urls=${urls}`],
  },
  wakesSessions: undefined,
  keepsGoing,

  commands: {
    collectGarbage: 'guix gc',
    installCertificates: 'guix install nss-certs',
  },
  greediest: "'guix pull'",
  store: '/gnu/store',
  stateDirectory,
  logDirectory: (environment) => environment['GUIX_LOG_DIRECTORY'] || '/var/log/guix',
  tempRoots: (environment) => `${stateDirectory(environment)}/temproots`,
  journal: (environment) =>
    `${environment['GUIX_DATABASE_DIRECTORY'] || `${stateDirectory(environment)}/db`}/db.sqlite-wal`,
};

/** What belongs to Guix alone. */
export const guixKeys = {
  /** The list of the keys whose signatures count. */
  acl: (environment: NodeJS.ProcessEnv): string =>
    `${environment['GUIX_CONFIGURATION_DIRECTORY'] || '/etc/guix'}/acl`,
  /** Where it keeps what substitute servers said, a directory for each. */
  narinfoCache: (environment: NodeJS.ProcessEnv): string =>
    environment['XDG_CACHE_HOME']
      ? `${environment['XDG_CACHE_HOME']}/guix/substitute`
      : `${stateDirectory(environment)}/substitute/cache`,
};

/** Where root's `guix pull` leaves its profile; images of Guix have it there whatever `HOME` says. */
const rootsProfile = '/root/.config/guix/current';

/** The profile that `guix pull` made: `GUIX_PROFILE`, else root's, else the user's. */
export function findPulled(environment: NodeJS.ProcessEnv): string | undefined {
  if (environment['GUIX_PROFILE']) return environment['GUIX_PROFILE'];
  return [rootsProfile, join(findHome(environment), '.config/guix/current')].find((profile) =>
    existsSync(profile),
  );
}

function stateDirectory(environment: NodeJS.ProcessEnv): string {
  return environment['GUIX_STATE_DIRECTORY'] || '/var/guix';
}

/**
 * As it says itself: the daemon is told, and keeps it to itself. Of a client that isn't one of Guix's
 * commands nobody knows.
 */
function keepsGoing({ words, readVariable }: Client): boolean {
  const command = words.findIndex((word) => basename(word) === 'guix') + 1;
  if (command === 0 || !building.has(words[command] ?? '')) return true;
  // Behind `--` stands what `guix shell` is to run.
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const options = readVariable('GUIX_BUILD_OPTIONS') ?? '';
  return [...own, ...options.split(' ')].some((word) => /^(--keep-going|-[nqK]*k.*)$/.test(word));
}

/** The commands of Guix that build, and are told by `--keep-going` alone. */
const building: ReadonlySet<string> = new Set([
  ...['build', 'package', 'install', 'upgrade', 'remove', 'shell', 'environment', 'pack'],
  ...['system', 'home', 'pull', 'time-machine'],
]);
