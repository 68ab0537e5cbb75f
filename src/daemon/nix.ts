import { basename, join } from 'node:path';
import { findHome } from '../processes/home.ts';
import { nameBuildUsers } from '../machine/build-users.ts';
import { readSocketVariable } from './address.ts';
import type { Client, Environment, Kind } from './kind.ts';
import { readOptions, readSettings } from './nix-settings.ts';

const defaultProfile = '/nix/var/nix/profiles/default';

export const nix: Kind = {
  name: 'nix',
  title: 'Nix',
  debianPackage: 'nix-bin',
  program: 'nix-daemon',
  client: 'nix',
  clients: /^(?:nix(?:-.+)?|nixos-.+|home-manager|darwin-rebuild)$/,
  installedAt: (environment) => [
    ...[userProfile(environment), defaultProfile].map((profile) => join(profile, 'bin')),
    '/run/current-system/sw/bin',
  ],
  profiles: {
    list: (environment) => [userProfile(environment), defaultProfile],
    // Of the profile that holds Nix itself; it looks for all other profiles.
    script: 'etc/profile.d/nix-daemon.sh',
    searchPaths: [
      ['PATH', 'bin'],
      ['MANPATH', 'share/man'],
    ],
    certificates: 'etc/ssl/certs/ca-bundle.crt',
    certificateVariables: ['NIX_SSL_CERT_FILE'],
  },
  completions: ['~/.nix-profile', defaultProfile, '/run/current-system/sw', '/usr'].map(
    (profile) => `${profile}/share/bash-completion/completions/nix`,
  ),

  findSocket(environment) {
    const remote = readStore(environment);
    if (remote?.startsWith('unix:///') === true && !remote.includes('?')) {
      return readSocketVariable('NIX_REMOTE', { NIX_REMOTE: remote }) ?? '';
    }
    if (remote && !ours.has(remote)) return remote;
    return readSocketVariable('NIX_DAEMON_SOCKET_PATH', environment) ?? defaultSocket(environment);
  },
  addresses: /^(?!guix:\/\/)/,
  socketVariable: 'NIX_REMOTE',
  // Root's clients would write to the store themselves.
  tellClients(environment, { socket, options }) {
    if (!socket.startsWith('/')) return { ...environment, NIX_REMOTE: socket };
    const isUsual =
      socket === (environment['NIX_DAEMON_SOCKET_PATH'] || defaultSocket(environment));
    return tellSettings(
      {
        ...environment,
        NIX_REMOTE: 'daemon',
        ...(!isUsual && { NIX_DAEMON_SOCKET_PATH: socket }),
      },
      options,
    );
  },
  // A session writes the number of its client over the first argument, as far as that reaches. With
  // NIX_REMOTE, or a setting that means the same, the daemon would be a client of itself.
  listen(socket, { NIX_REMOTE: _ours, ...environment }) {
    const isToldOfStore = readSettings({ environment, daemonOptions: [] }).has('store');
    return {
      options: ['--daemon', ...(isToldOfStore ? ['--option', 'store', 'local'] : [])],
      environment: { ...environment, NIX_DAEMON_SOCKET_PATH: socket },
    };
  },

  needs: { userSpace: true, personality: false },
  buildUsers: {
    names: nameBuildUsers((index) => `nixbld${index}`),
    options: [],
    findGroup: (setUp) => (readSettings(setUp).get('build-users-group') ?? 'nixbld') || undefined,
  },
  isolation: {
    off: ['--option', 'sandbox', 'false'],
    on: ['--option', 'sandbox', 'true', '--option', 'sandbox-fallback', 'false'],
    isOff: (options) => readOptions(options).get('sandbox') === 'false',
    readSetting(setUp) {
      const settings = readSettings(setUp);
      if (settings.get('sandbox') === 'false') return 'off';
      return settings.get('sandbox-fallback') === 'false' ? 'insists' : 'as it can';
    },
    insistence: 'sandbox-fallback = false',
  },
  substitutes: {
    // A client always says whether it wants any, and a trusted one of which servers.
    off: ['--option', 'substitute', 'false', '--option', 'substituters', ''],
    from: (urls, inPlaceOf) => [
      ...['--option', 'substituters', urls],
      // Of those, anybody may name one.
      ...['--option', 'extra-trusted-substituters', inPlaceOf],
    ],
  },
  // Its own way to interrupt itself, which comes too early one time in some hundred: just before it waits
  // for the builder.
  wakesSessions: 'SIGUSR1',
  keepsGoing,

  commands: {
    collectGarbage: 'nix-collect-garbage',
    installCertificates: 'nix-env --install --attr nixpkgs.cacert',
  },
  greediest: 'evaluations of Nixpkgs',
  store: '/nix/store',
  stateDirectory,
  logDirectory: (environment) => environment['NIX_LOG_DIR'] || '/nix/var/log/nix',
  tempRoots: (environment) => `${stateDirectory(environment)}/temproots`,
  journal: (environment) => `${stateDirectory(environment)}/db/db.sqlite-wal`,
};

/** What `NIX_REMOTE` says where clients are to use the daemon of this machine. */
const ours: ReadonlySet<string> = new Set(['auto', 'daemon', 'unix://']);

/** The store that clients use: a setting, else `NIX_REMOTE`. */
function readStore(environment: NodeJS.ProcessEnv): string | undefined {
  return readSettings({ environment, daemonOptions: [] }).get('store') ?? environment['NIX_REMOTE'];
}

/** What a client says of each build, over what the daemon was told: always, or if its settings do. */
const clients: ReadonlySet<string> = new Set([
  ...['substitute', 'substituters', 'sandbox', 'sandbox-fallback'],
]);

/** Makes clients want what a daemon with these options was told. */
function tellSettings(environment: Environment, options: readonly string[]): Environment {
  const lines = [...readOptions(options)]
    .filter(([name]) => clients.has(name))
    .map(([name, value]) => `${name} = ${value}`);
  if (lines.length === 0) return environment;
  const { NIX_CONFIG: own } = environment;
  // Of lines for the same, the last one counts.
  return { ...environment, NIX_CONFIG: [...(own ? [own] : []), ...lines].join('\n') };
}

function stateDirectory(environment: NodeJS.ProcessEnv): string {
  return environment['NIX_STATE_DIR'] || '/nix/var/nix';
}

function defaultSocket(environment: NodeJS.ProcessEnv): string {
  return `${stateDirectory(environment)}/daemon-socket/socket`;
}

function userProfile(environment: NodeJS.ProcessEnv): string {
  return join(findHome(environment), '.nix-profile');
}

/** As it says itself, or its settings do. Of a client that isn't one of Nix's commands nobody knows. */
function keepsGoing({ words, readVariable }: Client): boolean {
  if (!words.some((word) => nix.clients.test(basename(word)))) return true;
  // Behind these stands what `nix develop` or `nix run` is to run.
  const end = words.findIndex((word) => ['--', '-c', '--command'].includes(word));
  const own = end === -1 ? words : words.slice(0, end);
  if (own.some((word) => /^-[A-Za-z]*k[A-Za-z]*$/.test(word))) return true;
  const names = ['NIX_CONFIG', 'NIX_CONF_DIR', 'NIX_USER_CONF_FILES', 'XDG_CONFIG_HOME', 'HOME'];
  const environment = Object.fromEntries(names.map((name) => [name, readVariable(name)]));
  return readSettings({ environment, daemonOptions: own }).get('keep-going') === 'true';
}
