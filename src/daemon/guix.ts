/** What sets one kind of daemon apart from its cousins. */
type Kind = {
  /** The program's name. */
  readonly program: string;
  /** The one that people use, beside it. */
  readonly client: string;
  /** Where its installers place it, after the profile and before PATH. */
  readonly installedAt: readonly string[];
  readonly buildUsersGroup: string;
  readonly store: string;
  /** What it keeps about the store. */
  readonly stateDirectory: (environment: NodeJS.ProcessEnv) => string;
  /** The directory that holds `drvs`, the tree of build logs. */
  readonly logDirectory: (environment: NodeJS.ProcessEnv) => string;
  /** The directory in which each session lists the store items that it protects. */
  readonly tempRoots: (environment: NodeJS.ProcessEnv) => string;
  /** The journal of the store's database. */
  readonly journal: (environment: NodeJS.ProcessEnv) => string;
  /** The list of the keys whose signatures count. */
  readonly acl: (environment: NodeJS.ProcessEnv) => string;
  /** Where it keeps what substitute servers said, a directory for each. */
  readonly narinfoCache: (environment: NodeJS.ProcessEnv) => string;
};

export const guix: Kind = {
  program: 'guix-daemon',
  client: 'guix',
  installedAt: ['/var/guix/profiles/per-user/root/current-guix/bin'],
  buildUsersGroup: 'guixbuild',
  store: '/gnu/store',
  stateDirectory,
  logDirectory: (environment) => environment['GUIX_LOG_DIRECTORY'] || '/var/log/guix',
  tempRoots: (environment) => `${stateDirectory(environment)}/temproots`,
  journal: (environment) =>
    `${environment['GUIX_DATABASE_DIRECTORY'] || `${stateDirectory(environment)}/db`}/db.sqlite-wal`,
  acl: (environment) => `${environment['GUIX_CONFIGURATION_DIRECTORY'] || '/etc/guix'}/acl`,
  narinfoCache: (environment) =>
    environment['XDG_CACHE_HOME']
      ? `${environment['XDG_CACHE_HOME']}/guix/substitute`
      : `${stateDirectory(environment)}/substitute/cache`,
};

function stateDirectory(environment: NodeJS.ProcessEnv): string {
  return environment['GUIX_STATE_DIRECTORY'] || '/var/guix';
}
