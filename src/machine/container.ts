import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { findConfinement } from './apparmor.ts';
import { readMounts } from './mounts.ts';

/** What runs us, as far as it matters to whoever wants to change its options. */
export type Container =
  /** A `RUN` of a Dockerfile. */
  | 'BuildKit step'
  /** A job in a container that its CI system's runner has started. */
  | 'GitLab job'
  | 'GitHub job'
  | 'Kubernetes pod'
  | 'Podman container'
  | 'Docker container'
  /** None of these. */
  | 'machine';

/**
 * Finds out what runs us by what each leaves inside. What is handed on into a container by hand, as
 * `docker run -e GITHUB_ACTIONS`, makes no job of it.
 */
export function findContainer(environment: Readonly<Record<string, string>>): Container {
  if (isBuildKitStep()) return 'BuildKit step';
  const isPod = Boolean(environment['KUBERNETES_SERVICE_HOST']);
  const isPodman = existsSync('/run/.containerenv');
  const isDocker = existsSync('/.dockerenv');
  if (isPod || isPodman || isDocker) {
    if (hasProject(environment, 'GITLAB_CI', 'CI_PROJECT_DIR')) return 'GitLab job';
    if (hasProject(environment, 'GITHUB_ACTIONS', 'GITHUB_WORKSPACE')) return 'GitHub job';
  }
  if (isPod) return 'Kubernetes pod';
  if (isPodman) return 'Podman container';
  return isDocker ? 'Docker container' : 'machine';
}

/** The host name can be changed by a build argument; two files come from its executor's directory. */
function isBuildKitStep(): boolean {
  return (
    hostname() === 'buildkitsandbox' ||
    readMounts().some(
      ({ point, root }) => point === '/etc/resolv.conf' && root.endsWith('/executor/resolv.conf'),
    )
  );
}

/** A runner sets the second variable beside the first, and it names a directory of the container. */
function hasProject(
  environment: Readonly<Record<string, string>>,
  flag: string,
  directory: string,
): boolean {
  const project = environment[directory];
  return environment[flag] === 'true' && Boolean(project) && existsSync(project ?? '');
}

/** What can be wanted of it. */
export type Grant =
  /** All that root's daemon needs to isolate builds … */
  | 'sandbox of root'
  /** … and that of an ordinary user. */
  | 'sandbox of an ordinary user'
  /** Another filter of system calls: a daemon that doesn't isolate builds needs `personality`. */
  | 'system calls'
  /** No AppArmor: a sandbox has mounts. */
  | 'mounts'
  /** To build as other users than root. */
  | 'build users'
  | 'tunnel';

/** How a container is given something. */
export type Spelling = {
  /** Where that is said, a clause that follows on "say so": `where the container is started`. */
  readonly where: string;
  /** What to type there. */
  readonly command: string;
};

/** The options that give it, the way they are written for what runs us; none for a plain machine. */
export function spellOptions(container: Container, grant: Grant): Spelling | undefined {
  return container === 'machine' ? undefined : spellings[container](grant);
}

const spellings: {
  readonly [K in Exclude<Container, 'machine'>]: (grant: Grant) => Spelling;
} = {
  'BuildKit step': () => ({
    where:
      "in the Dockerfile, by '# syntax=docker/dockerfile:1-labs' as its first line and 'RUN --security=insecure …' in place of 'RUN …', and allow it",
    command:
      "docker buildx create --use --buildkitd-flags='--allow-insecure-entitlement security.insecure' && docker buildx build --allow security.insecure .",
  }),
  // For all of it, because not every executor of the runner knows less.
  'GitLab job': () => ({
    where: "in the runner's config.toml, under [runners.docker] or [runners.kubernetes]",
    command: 'privileged = true',
  }),
  // The machine that starts the job's container has no file with our filter.
  'GitHub job': (grant) => ({
    where: `in the workflow, in the job's 'container:'${grant === 'sandbox of root' ? ` (the least is '${renderLeast('unconfined')}')` : ''}`,
    command: `options: ${dockerOptions('unconfined')[grant].join(' ')}`,
  }),
  'Kubernetes pod': (grant) => ({
    where: "in the pod's specification, for the container",
    command: {
      'sandbox of root': 'securityContext: {privileged: true}',
      'sandbox of an ordinary user':
        'securityContext: {procMount: Unmasked, seccompProfile: {type: Unconfined}}',
      'system calls': 'securityContext: {seccompProfile: {type: Unconfined}}',
      mounts: 'securityContext: {appArmorProfile: {type: Unconfined}}',
      'build users':
        'securityContext: {capabilities: {add: [CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID]}}',
      tunnel: 'securityContext: {privileged: true}',
    }[grant],
  }),
  'Podman container': (grant) => spellRun('podman', podmanOptions, grant),
  'Docker container': (grant) => spellRun('docker', dockerOptions, grant),
};

type EngineOptions = (filter: string) => { readonly [K in Grant]: readonly string[] };

/** The filter is ours, a file beside the engine's client: the word that writes it is in the image. */
function spellRun(client: string, options: EngineOptions, grant: Grant): Spelling {
  const filter = 'seccomp.json';
  const print = `${client} run --rm IMAGE seccomp-profile`;
  const least = ` (the least is '${renderLeast(filter)}', a file that '${print}' prints)`;
  const words = options(filter)[grant].join(' ');
  const provide = words.includes(filter) ? `${print} >${filter} && ` : '';
  return {
    where: `where the container is started${grant === 'sandbox of root' ? least : ''}`,
    command: `${provide}${client} run ${words} …`,
  };
}

/** In place of `--privileged`; the others are the least already, as docs/machine.md has measured it. */
function renderLeast(filter: string): string {
  const options = [
    '--cap-add=SYS_ADMIN',
    '--cap-add=NET_ADMIN',
    `--security-opt=seccomp=${filter}`,
  ];
  return [...options, ...liftConfinement()].join(' ');
}

const unconfined = '--security-opt=apparmor=unconfined';

/** Engines confine what isn't privileged, where the machine has AppArmor. */
function liftConfinement(): readonly string[] {
  return findConfinement() === undefined ? [] : [unconfined];
}

function dockerOptions(filter: string): ReturnType<EngineOptions> {
  const filtered = `--security-opt=seccomp=${filter}`;
  return {
    'sandbox of root': ['--privileged'],
    'sandbox of an ordinary user': [
      filtered,
      '--security-opt=systempaths=unconfined',
      ...liftConfinement(),
    ],
    'system calls': [filtered],
    mounts: [unconfined],
    'build users': ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'].map(
      (capability) => `--cap-add=${capability}`,
    ),
    tunnel: ['--device=/dev/net/tun'],
  };
}

function podmanOptions(filter: string): ReturnType<EngineOptions> {
  return {
    ...dockerOptions(filter),
    'sandbox of an ordinary user': [
      `--security-opt=seccomp=${filter}`,
      '--security-opt=unmask=ALL',
      ...liftConfinement(),
    ],
  };
}
