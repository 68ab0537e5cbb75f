import { constants } from 'node:os';
import { callLibc, readErrno } from '../processes/libc.ts';

/** A call that guix-daemon makes around a build. */
type SandboxCall = {
  readonly name: string;
  /** As each architecture that our executable is made for numbers it. */
  readonly x64: number;
  readonly arm64: number;
  /**
   * What makes the kernel refuse it before anything is done: no path, a negative length, a new mount
   * name space and at once our own directories. Engines' filters judge flags, so they are a sandbox's.
   */
  readonly impossible: readonly number[];
  /** Who lacks CAP_SYS_ADMIN is refused by the kernel itself, and in a filter's words. */
  readonly isAdministrators?: boolean;
};

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;

const calls: readonly SandboxCall[] = [
  { name: 'clone', x64: 56, arm64: 220, impossible: [CLONE_NEWNS | CLONE_FS] },
  { name: 'chroot', x64: 161, arm64: 51, impossible: [0] },
  { name: 'unshare', x64: 272, arm64: 97, impossible: [CLONE_NEWNS | 1] },
  { name: 'mount', x64: 165, arm64: 40, impossible: [0, 0, 0, 0, 0] },
  { name: 'umount2', x64: 166, arm64: 39, impossible: [0, 0], isAdministrators: true },
  { name: 'pivot_root', x64: 155, arm64: 41, impossible: [0, 0], isAdministrators: true },
  { name: 'sethostname', x64: 170, arm64: 161, impossible: [0, -1], isAdministrators: true },
  { name: 'setdomainname', x64: 171, arm64: 162, impossible: [0, -1], isAdministrators: true },
];

/**
 * Which of the calls that a sandbox needs a filter (seccomp) keeps from this process; `personality`
 * is needed without the sandbox, too. They are made with arguments that can't be: a filter forbids
 * the call, the kernel minds the arguments. Without CAP_SYS_ADMIN (`isAdministrator: false`), those
 * of which this can't be told are left out. Takes 50 µs. A filter that kills, as SystemCallFilter= of
 * systemd does, kills us.
 */
export function findDeniedCalls({ isAdministrator = true } = {}): readonly string[] {
  const { arch } = process;
  if (arch !== 'x64' && arch !== 'arm64') return [];
  const tellable = calls.filter((known) => isAdministrator || known.isAdministrators !== true);
  const denied = tellable.filter((known) => isDenied(known[arch], known.impossible));
  const names = denied.map(({ name }) => name);
  return canChangePersonality(arch) ? names : [...names, 'personality'];
}

const { EACCES, EPERM, ENOSYS } = constants.errno;
/** What the filters of engines answer. */
const refusals: ReadonlySet<number> = new Set([EACCES, EPERM, ENOSYS]);

function isDenied(number: number, values: readonly number[]): boolean {
  return call(number, values) === -1 && refusals.has(readErrno());
}

function call(number: number, [a = 0, b = 0, c = 0, d = 0, e = 0]: readonly number[]): number {
  return callLibc('syscall', number, a, b, c, d, e);
}

const personality = { x64: 135, arm64: 92 };
/** Asks for the personality, and changes nothing. */
const QUERY = 0xffffffff;
/** Addresses as they come: guix-daemon wants builds to be the same each time. */
const ADDR_NO_RANDOMIZE = 0x40000;

function canChangePersonality(arch: keyof typeof personality): boolean {
  const number = personality[arch];
  const before = call(number, [QUERY]);
  const changed = call(number, [before | ADDR_NO_RANDOMIZE]);
  if (changed === -1) return false;
  call(number, [before]);
  return true;
}
