import { constants } from 'node:os';
import { callLibc, readErrno } from '../processes/libc.ts';

/** A call that guix-daemon makes around a build. */
type SandboxCall = {
  readonly name: keyof typeof numbers;
  /**
   * What makes the kernel refuse it before anything is done: no path, a negative length, a flag that
   * there isn't, a new mount name space and at once our own directories. Flags that engines' filters
   * judge are a sandbox's.
   */
  readonly impossible: readonly number[];
  /** Who lacks CAP_SYS_ADMIN is refused by the kernel itself, and in a filter's words. */
  readonly isAdministrators?: boolean;
};

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
/** Of umount2(2), which looks at flags before it looks at who asks. */
const unknownFlag = 0x10;

/** As each architecture that the program is made for, by Node's name for it, numbers the calls. */
const architectures = ['x64', 'arm64', 'ia32', 'arm', 'ppc64', 'riscv64'];
const numbers = {
  clone: [56, 220, 120, 120, 120, 220],
  chroot: [161, 51, 61, 61, 61, 51],
  unshare: [272, 97, 310, 337, 282, 97],
  mount: [165, 40, 21, 21, 21, 40],
  umount2: [166, 39, 52, 52, 52, 39],
  pivot_root: [155, 41, 217, 218, 203, 41],
  sethostname: [170, 161, 74, 74, 74, 161],
  setdomainname: [171, 162, 121, 121, 121, 162],
  personality: [135, 92, 136, 136, 136, 92],
};

const calls: readonly SandboxCall[] = [
  { name: 'clone', impossible: [CLONE_NEWNS | CLONE_FS] },
  { name: 'chroot', impossible: [0] },
  { name: 'unshare', impossible: [CLONE_NEWNS | 1] },
  { name: 'mount', impossible: [0, 0, 0, 0, 0] },
  { name: 'umount2', impossible: [0, unknownFlag] },
  { name: 'pivot_root', impossible: [0, 0], isAdministrators: true },
  { name: 'sethostname', impossible: [0, -1], isAdministrators: true },
  { name: 'setdomainname', impossible: [0, -1], isAdministrators: true },
];

/**
 * Which of the calls that a sandbox needs a filter (seccomp) keeps from this process, and `personality`,
 * which guix-daemon needs without the sandbox, too. They are made with arguments that can't be: a filter forbids
 * the call, the kernel minds the arguments. Without CAP_SYS_ADMIN (`isAdministrator: false`), those
 * of which this can't be told are left out. Takes 50 µs. A filter that kills, as SystemCallFilter= of
 * systemd does, kills us.
 */
export function findDeniedCalls({
  isAdministrator = true,
  personality = true,
} = {}): readonly string[] {
  if (!architectures.includes(process.arch)) return [];
  const tellable = calls.filter((known) => isAdministrator || known.isAdministrators !== true);
  const denied = tellable.filter((known) => isDenied(known));
  const names = denied.map(({ name }) => name);
  return !personality || canChangePersonality() ? names : [...names, 'personality'];
}

const { EACCES, EPERM, ENOSYS } = constants.errno;
/** What the filters of engines answer. */
const refusals: ReadonlySet<number> = new Set([EACCES, EPERM, ENOSYS]);

function isDenied({ name, impossible }: SandboxCall): boolean {
  return call(name, impossible) === -1 && refusals.has(readErrno());
}

function call(
  name: keyof typeof numbers,
  [a = 0, b = 0, c = 0, d = 0, e = 0]: readonly number[],
): number {
  return callLibc(
    'syscall',
    numbers[name][architectures.indexOf(process.arch)] ?? -1,
    a,
    b,
    c,
    d,
    e,
  );
}

/**
 * Asks for the personality, and changes nothing. A filter compares all bits of a register, and Docker's
 * allows 0xffffffff: -1 would have 64 of them.
 */
const QUERY = ['ia32', 'arm'].includes(process.arch) ? -1 : 0xffffffff;
/** Addresses as they come: guix-daemon wants builds to be the same each time. */
const ADDR_NO_RANDOMIZE = 0x40000;

function canChangePersonality(): boolean {
  const before = call('personality', [QUERY]);
  const changed = call('personality', [before | ADDR_NO_RANDOMIZE]);
  if (changed === -1) return false;
  call('personality', [before]);
  return true;
}
