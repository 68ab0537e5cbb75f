import type { Hint } from '../errors/hint.ts';
import { type Container, type Grant, spellOptions } from '../machine/container.ts';
import type { Capability } from '../machine/privileges.ts';
import type { Explanation, Obstacle } from '../machine/sandbox.ts';

type Explain = {
  [K in Obstacle['is']]: (obstacle: OfKind[K], container: Container) => Explanation;
};
type OfKind = { [K in Obstacle['is']]: Extract<Obstacle, { is: K }> };

/** Tells what an obstacle means, and what to type where we are so that it goes away. */
export function explainObstacle(obstacle: Obstacle, container: Container): Explanation {
  return explainKind(obstacle.is, obstacle, container);
}

/** The same of one that keeps builds from working at all, as a hint. */
export function explainDenial(obstacle: Obstacle, container: Container): Hint {
  const { found, meaning, command } = explainObstacle(obstacle, container);
  return { meaning: `Builds can't work here: ${found}. ${meaning}`, command };
}

function explainKind<K extends keyof OfKind>(
  kind: K,
  obstacle: OfKind[K],
  container: Container,
): Explanation {
  return explain[kind](obstacle, container);
}

const explain: Explain = {
  'no-capability': ({ capability }, container) => ({
    found: `root has no ${capability} here`,
    ...demand(container, ofBuildUsers.has(capability) ? 'build users' : 'sandbox of root', {
      purpose: purposes[capability],
    }),
  }),
  'system-call-denied': ({ call, isRoot }, container) => ({
    found: `a filter of system calls (seccomp) forbids ${call}`,
    // All that a build needs which is not isolated.
    ...demand(
      container,
      call === 'personality'
        ? 'system calls'
        : isRoot
          ? 'sandbox of root'
          : 'sandbox of an ordinary user',
      {
        purpose: 'Container engines set it for all that they start.',
        request: 'Change it',
      },
    ),
  }),
  'no-namespaces': ({ error }) => ({
    found: `the kernel makes no name spaces: ${error}`,
    meaning: `It has none, or no more of them are allowed. This shows how many:`,
    command: 'grep . /proc/sys/user/max_*_namespaces',
  }),
  'no-user-namespaces': ({ reason }, container) => ({
    found: `an ordinary user can make no name spaces here: ${reason}`,
    ...mendKernel(reason, container),
  }),
  'proc-masked': ({ mounts }, container) => ({
    found: `parts of /proc are hidden (${mounts.join(', ')})`,
    ...demand(container, 'sandbox of an ordinary user', {
      purpose: 'A build has a /proc of its own, and the kernel mounts none beside such a one.',
      request: 'Have them shown',
    }),
  }),
  'mount-denied': ({ profile }, container) => ({
    found: `AppArmor's profile ${profile} forbids mounts`,
    ...demand(container, 'mounts', {
      purpose: 'A build has mounts of its own.',
      request: 'Have them allowed',
    }),
  }),
  emulated: ({ machine }, container) => ({
    found: `QEMU's user emulation of ${machine} has no name spaces`,
    meaning: `Only a machine that is ${machine} itself, or an image for the one that is here, isolates builds:`,
    command:
      container === 'Docker container'
        ? "docker run --platform=linux/$(docker version --format '{{.Server.Arch}}') …"
        : 'guix-entry-point --chroot=off …',
  }),
  'root-not-mounted': () => ({
    found: '/ is no mount point',
    meaning:
      'The daemon changes how / is mounted, in name spaces of its own, and in a plain chroot it is not. Before the chroot, make a mount of its directory:',
    command: 'mount --bind DIRECTORY DIRECTORY && mount --make-private DIRECTORY',
  }),
};

const purposes: { readonly [K in Capability]: string } = {
  CAP_CHOWN: 'Builds run as users of their own, to whom root hands their files with it.',
  CAP_DAC_OVERRIDE: "Root enters directories that are a build user's with it.",
  CAP_FOWNER: "What a build has made isn't root's, and is changed with it.",
  CAP_SETGID: 'Builds run as users of their own, which root becomes with it.',
  CAP_SETUID: 'Builds run as users of their own, which root becomes with it.',
  CAP_SYS_CHROOT: 'A build has a / of its own, which is changed with it.',
  CAP_NET_ADMIN: 'A build has a network of its own, which is brought up with it.',
  CAP_SYS_ADMIN: 'A build has name spaces of its own, which root makes with it.',
};

/** Needed whether builds are isolated or not. */
const ofBuildUsers: ReadonlySet<Capability> = new Set([
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_SETGID',
  'CAP_SETUID',
]);

type Means = Pick<Explanation, 'meaning' | 'command'>;

/**
 * Where we are asked for what. On a plain machine nobody can be asked: without a sandbox, builds go on;
 * what they need isolated or not can only be looked at.
 */
function demand(
  container: Container,
  grant: Grant,
  { purpose, request = 'Give it' }: { readonly purpose: string; readonly request?: string },
): Means {
  const spelling = spellOptions(container, grant);
  if (spelling !== undefined) {
    return { meaning: `${purpose} ${request} ${spelling.where}:`, command: spelling.command };
  }
  const found = `${purpose} Whoever started this process`;
  return grant === 'build users' || grant === 'system calls'
    ? {
        meaning: `${found} decides that, and builds don't work so, isolated or not. This shows what it may do:`,
        command: "grep --extended-regexp '^(CapEff|Seccomp):' /proc/self/status",
      }
    : {
        meaning: `${found} took it away. To go on without:`,
        command: 'guix-entry-point --chroot=off …',
      };
}

/** Sysctls are the kernel's own: no option of a container changes them. */
function mendKernel(reason: string, container: Container): Means {
  const sysctl = sysctls.find(([name]) => reason.includes(name));
  if (sysctl === undefined) {
    return demand(container, 'sandbox of an ordinary user', {
      purpose:
        'A build has name spaces of its own, which engines forbid by a filter of system calls.',
      request: 'Change it',
    });
  }
  const [name, value] = sysctl;
  return {
    meaning: 'This is for root to change, on the machine itself, outside of any container:',
    command: `sysctl --write ${name}=${value}`,
  };
}

/** Those that forbid name spaces to ordinary users, and the values that don't. */
const sysctls = [
  ['kernel.apparmor_restrict_unprivileged_userns', 0],
  ['kernel.unprivileged_userns_clone', 1],
  ['user.max_user_namespaces', 15000],
] as const;
