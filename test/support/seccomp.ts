/** The numbers of system calls, as the kernel's asm/unistd.h has them for each architecture. */
const numbers: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  x64: {
    ...{ clone: 56, chroot: 161, unshare: 272, mount: 165, umount2: 166, pivot_root: 155 },
    ...{ sethostname: 170, setdomainname: 171, personality: 135, reboot: 169 },
  },
  arm64: {
    ...{ clone: 220, chroot: 51, unshare: 97, mount: 40, umount2: 39, pivot_root: 41 },
    ...{ sethostname: 161, setdomainname: 162, personality: 92, reboot: 142 },
  },
};

const namesNewSpaces = 0x7e020000;

/**
 * A filter for `setpriv --seccomp-filter` that answers one system call with EPERM. As engines have it,
 * clone(2) is forbidden with flags of name spaces alone, for everybody makes threads.
 */
export function filterOf(call: string): Buffer {
  const number = numbers[process.arch]?.[call] ?? -1;
  const [load, equals, any, answer] = [0x20, 0x15, 0x45, 0x06];
  const EPERM = 0x0005_0001;
  const allow = 0x7fff_0000;
  const isNotIt = [
    // The number of the call.
    instruct(load, 0),
    call === 'clone' ? instruct(equals, number, [0, 3]) : instruct(equals, number, [0, 1]),
  ];
  const judgeFlags = [
    // The lower half of the first argument.
    instruct(load, 16),
    instruct(any, namesNewSpaces, [0, 1]),
  ];
  return Buffer.concat([
    ...isNotIt,
    ...(call === 'clone' ? judgeFlags : []),
    instruct(answer, EPERM),
    instruct(answer, allow),
  ]);
}

/**
 * A filter that refuses mounts as AppArmor does: with EACCES, and not before their arguments have been
 * looked at. One that names no source passes.
 */
export function filterOfMounts(): Buffer {
  const [load, equals, answer] = [0x20, 0x15, 0x06];
  const EACCES = 0x0005_000d;
  const allow = 0x7fff_0000;
  return Buffer.concat([
    instruct(load, 0),
    instruct(equals, numbers[process.arch]?.['mount'] ?? -1, [0, 3]),
    instruct(load, 16),
    instruct(equals, 0, [1, 0]),
    instruct(answer, EACCES),
    instruct(answer, allow),
  ]);
}

/** A `struct sock_filter`: `jumps` are how many instructions are passed over if so, and if not. */
function instruct(code: number, value: number, jumps: readonly [number, number] = [0, 0]): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jumps[0], 2);
  bytes.writeUInt8(jumps[1], 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}
