import { readFileSync } from 'node:fs';
import { captureProgram } from '../processes/capture.ts';
import { tryNameSpaces } from '../processes/clone.ts';
import { renderEnding } from '../processes/ending.ts';
import { defaultPath, findOnPath } from '../processes/path.ts';
import { findConfinement } from './apparmor.ts';
import { findEmulation } from './emulation.ts';
import { readMounts } from './mounts.ts';
import { type Capability, hasCapability, readPrivileges } from './privileges.ts';
import { findProcMasks } from './proc-masks.ts';
import { findDeniedCalls } from './system-calls.ts';
import { findUserNamespaceLimit } from './user-namespaces.ts';

/** Why builds can't be isolated on this machine, or can't work at all, as data. */
export type Obstacle =
  /** Root lacks one. */
  | { readonly is: 'no-capability'; readonly capability: Capability }
  /** A filter of system calls (seccomp) forbids one that is needed. */
  | { readonly is: 'system-call-denied'; readonly call: string; readonly isRoot: boolean }
  /** Root gets no name spaces; the error's name. */
  | { readonly is: 'no-namespaces'; readonly error: string }
  /** An ordinary user gets no name spaces: a sysctl, a security module, a filter, a kernel without. */
  | { readonly is: 'no-user-namespaces'; readonly reason: string }
  /** The kernel mounts no fresh /proc beside one of which parts are hidden; which parts. */
  | { readonly is: 'proc-masked'; readonly mounts: readonly string[] }
  /** AppArmor lets nobody mount anything; the profile's name. */
  | { readonly is: 'mount-denied'; readonly profile: string }
  /** QEMU's user emulation has no name spaces. */
  | { readonly is: 'emulated'; readonly machine: string }
  /** The root file system is no mount point. */
  | { readonly is: 'root-not-mounted' };

/** What stands in the way of isolated builds, in words. */
export type Explanation = {
  /** What was found, a clause that follows on "Builds can't be isolated: ", without a full stop. */
  readonly found: string;
  /** What it means, and where to mend it: sentences, of which the last ends in a colon before `command`. */
  readonly meaning: string;
  /** What to type, or the line of a configuration. */
  readonly command: string;
};

/** What sets kinds of daemons apart here. */
export type Needs = {
  /**
   * Root's makes the other name spaces inside one of users, where it can have that: then it needs no
   * capability for it, and minds what of /proc is hidden.
   */
  readonly userSpace: boolean;
  /** Without the system call, nothing is built, isolated or not. */
  readonly personality: boolean;
};

/** As whom the daemon would run: root, or an ordinary user; and what it does then. */
export type Who = {
  readonly isRoot: boolean;
  readonly needs: Needs;
  /** What executes programs as that user, with its arguments; none: we are that user. */
  readonly by: readonly string[];
};

/**
 * What root's daemon needs for a build: to hand files to a build user, to become one. Found by taking
 * one at a time from a daemon that builds. Some builds are fine without CAP_DAC_OVERRIDE; CAP_KILL it
 * doesn't need, because it ends builders as their user.
 */
export const forBuilds: readonly Capability[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_SETGID',
  'CAP_SETUID',
];
/** To start it as somebody else. */
const forOthers: readonly Capability[] = ['CAP_SETGID', 'CAP_SETUID'];
/** To isolate it: to make name spaces, to bring up the network inside them, to change `/`. */
const forSandbox: readonly Capability[] = ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_SYS_CHROOT'];

/** What root's daemon needs to isolate a build. */
export function listSandboxCapabilities(needs: Needs): readonly Capability[] {
  return hasUserSpace(needs) ? [] : forSandbox;
}

/** Whether root's daemon isolates in a name space of users. */
function hasUserSpace({ userSpace }: Needs): boolean {
  return userSpace && tryNameSpaces({ ofUsers: true }) === undefined;
}

/**
 * Tries what the daemon does to isolate a build, without leaving anything behind; `undefined`: it
 * works. For root that takes a millisecond; for others, where root is not the machine's, where parts of
 * /proc are hidden, and under AppArmor, which judges only a real mount, a program of util-linux tries,
 * and where that isn't there, nothing is known to stand in the way.
 */
export async function trySandbox(
  who: Who,
  environment: Readonly<Record<string, string>>,
): Promise<Obstacle | undefined> {
  if (!readMounts().some(({ point }) => point === '/')) return { is: 'root-not-mounted' };
  if (!who.isRoot) return findDeniedCall(who) ?? (await tryByUnshare(who, environment));
  const obstacle = hasUserSpace(who.needs) ? findDeniedCall(who) : tryAsRoot(who);
  const isToBeTried =
    !isMachinesRoot() ||
    findConfinement() !== undefined ||
    (who.needs.userSpace && findProcMasks(readMounts()).length > 0);
  return obstacle === undefined && isToBeTried ? tryByUnshare(who, environment) : obstacle;
}

function tryAsRoot(who: Who): Obstacle | undefined {
  const privileges = readPrivileges();
  const capability = forSandbox.find((needed) => !hasCapability(privileges, needed));
  if (capability !== undefined) return { is: 'no-capability', capability };
  const error = tryNameSpaces();
  if (error !== undefined) return explainRefusal(error);
  return findDeniedCall(who);
}

/** A call that the sandbox needs, or any build, and that a filter forbids. */
function findDeniedCall(
  { isRoot, needs: { personality } }: Pick<Who, 'isRoot' | 'needs'>,
  needed = anyCall,
): Obstacle | undefined {
  const privileges = readPrivileges();
  if (!privileges.isFiltered) return undefined;
  const isAdministrator = hasCapability(privileges, 'CAP_SYS_ADMIN');
  const call = findDeniedCalls({ isAdministrator, personality }).find(needed);
  return call === undefined ? undefined : { is: 'system-call-denied', call, isRoot };
}

function anyCall(_call: string): boolean {
  return true;
}

/** What keeps a daemon from building at all, isolated or not; `undefined`: nothing that is known. */
export function findBuildObstacle({ isRoot, needs, by }: Who): Obstacle | undefined {
  const privileges = readPrivileges();
  const needed = isRoot ? forBuilds : by.length > 0 ? forOthers : [];
  const capability = needed.find((one) => !hasCapability(privileges, one));
  if (capability !== undefined) return { is: 'no-capability', capability };
  return findDeniedCall({ isRoot, needs }, (call) => call === 'personality');
}

function explainRefusal(error: string): Obstacle {
  const machine = findEmulation();
  if (machine !== undefined) return { is: 'emulated', machine };
  return error === 'EPERM'
    ? { is: 'system-call-denied', call: 'clone', isRoot: true }
    : { is: 'no-namespaces', error };
}

/** Not so in a container whose root is an ordinary user outside: user_namespaces(7). */
export function isMachinesRoot(): boolean {
  return /^\s*0\s+0\s+4294967295$/m.test(readFileSync('/proc/self/uid_map', 'latin1'));
}

type Try = {
  /** The user name space that it begins with. */
  readonly userSpace: readonly string[];
  /** What is done inside. */
  readonly script: string;
};

const mountProc = 'mount -t proc proc /proc';
const asRoot: Try = { userSpace: [], script: mountProc };
const asRootInUserSpace: Try = { userSpace: ['--user', '--map-root-user'], script: mountProc };
/** Its mounts are locked by one more user name space. */
const asUser: Try = {
  userSpace: ['--user', '--map-root-user'],
  script: `${mountProc} && unshare --user --mount true`,
};

/** Makes the same name spaces by unshare(1), and mounts a fresh /proc inside. */
async function tryByUnshare(
  { isRoot, needs, by }: Who,
  environment: Readonly<Record<string, string>>,
): Promise<Obstacle | undefined> {
  const unshare = findOnPath('unshare', environment['PATH']);
  if (unshare === undefined) return undefined;
  const { userSpace, script } = isRoot
    ? hasUserSpace(needs)
      ? asRootInUserSpace
      : asRoot
    : asUser;
  const spaces = [...userSpace, '--pid', '--fork', '--mount', '--net', '--ipc', '--uts'];
  const words = [...by, unshare, ...spaces, 'sh', '-c', script];
  const [file = unshare] = words;
  // By mount(2), as daemons do: a filter that lets it through may forbid fsopen(2).
  const given = {
    PATH: environment['PATH'] ?? defaultPath,
    LC_ALL: 'C',
    LIBMOUNT_FORCE_MOUNT2: 'always',
  };
  const { ending, words: said } = await captureProgram(
    // What else it is given is for others, and may keep programs from starting.
    { file, arguments: words, environment: given },
    AbortSignal.timeout(unshareTakes),
  );
  if (ending.by === 'exit' && ending.status === 0) return undefined;
  return explainUnshare(said[0]?.replace(/\.$/, '') ?? renderEnding(ending));
}

/** How long it may take; it takes some milliseconds. */
const unshareTakes = 5000; // ms

function explainUnshare(said: string): Obstacle {
  const machine = findEmulation();
  if (machine !== undefined) return { is: 'emulated', machine };
  // EACCES, where the kernel itself forbids mounts with EPERM.
  const profile = said.endsWith(': Permission denied') ? findConfinement() : undefined;
  if (profile !== undefined) return { is: 'mount-denied', profile };
  const masks = findProcMasks(readMounts());
  return said.startsWith('mount:') && masks.length > 0
    ? { is: 'proc-masked', mounts: masks }
    : { is: 'no-user-namespaces', reason: findUserNamespaceLimit() ?? said };
}
