import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import type * as Koffi from 'koffi';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { findAssetFile, readAsset } from './assets.ts';

// What a supervisor needs of the system and Node doesn't offer: to take in orphans, to reap them, to
// start a program with every byte, file descriptor and signal as we were given them. koffi calls the
// C library; its native part is an asset.

/** A number, a text, or memory that the function reads or fills. */
type Argument = number | bigint | string | null | Buffer | readonly (number | Buffer | null)[];

const prototypes = {
  prctl: 'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
  waitpid: 'int waitpid(int, _Out_ int *, int)',
  signal: 'long signal(int, long)',
  _exit: 'int _exit(int)',
  setrlimit64: 'int setrlimit64(int, const void *)',
  fcntl: 'int fcntl(int, int, int)',
  pipe2: 'int pipe2(void *, int)',
  socket: 'int socket(int, int, int)',
  bind: 'int bind(int, const void *, unsigned int)',
  listen: 'int listen(int, int)',
  getsockname: 'int getsockname(int, void *, void *)',
  syscall: 'long syscall(long, long, long, long, long, long)',
  tcgetattr: 'int tcgetattr(int, void *)',
  clone: 'int clone(void *, void *, int, void *)',
  newlocale: 'intptr newlocale(int, const char *, void *)',
  flock: 'int flock(int, int)',
  madvise: 'int madvise(uintptr_t, size_t, int)',
  linkat: 'int linkat(int, const char *, int, const char *, int)',
  mkfifo: 'int mkfifo(const void *, unsigned int)',
  renameat2: 'int renameat2(int, const void *, int, const void *, unsigned int)',
  futimens: `int ${with64Bits('futimens')}(int, const void *)`,
  statx: 'int statx(int, const char *, int, unsigned int, void *)',
  utimensat: `int ${with64Bits('utimensat')}(int, const void *, const void *, int)`,
  posix_spawn:
    'int posix_spawn(_Out_ int *, const char *, const void *, const void *, const char **, const char **)',
  posix_spawnattr_init: 'int posix_spawnattr_init(void *)',
  posix_spawnattr_setflags: 'int posix_spawnattr_setflags(void *, short)',
  posix_spawnattr_setsigdefault: 'int posix_spawnattr_setsigdefault(void *, const void *)',
  posix_spawnattr_setsigmask: 'int posix_spawnattr_setsigmask(void *, const void *)',
  posix_spawnattr_setpgroup: 'int posix_spawnattr_setpgroup(void *, int)',
  posix_spawn_file_actions_init: 'int posix_spawn_file_actions_init(void *)',
  posix_spawn_file_actions_adddup2: 'int posix_spawn_file_actions_adddup2(void *, int, int)',
  posix_spawn_file_actions_addopen:
    'int posix_spawn_file_actions_addopen(void *, int, const char *, int, unsigned int)',
  posix_spawn_file_actions_addchdir_np:
    'int posix_spawn_file_actions_addchdir_np(void *, const char *)',
} as const;

/** Where time has 32 bits, glibc (2.34) has a second function under such a name. */
function with64Bits(name: string): string {
  return ['ia32', 'arm'].includes(process.arch) ? `__${name}64` : name;
}

const bound = new Map<string, ReturnType<Koffi.LibraryHandle['func']>>();
let koffi: typeof Koffi | undefined;
let library: Koffi.LibraryHandle | undefined;

/** Calls a function of the C library and returns its number; those of posix_spawn(3) have an errno. */
export function callLibc(name: keyof typeof prototypes, ...given: readonly Argument[]): number {
  const call = bound.get(name) ?? loadLibrary().func(prototypes[name]);
  bound.set(name, call);
  return Number(call(...given));
}

function loadLibrary(): Koffi.LibraryHandle {
  return (library ??= useKoffi().load(null));
}

function useKoffi(): typeof Koffi {
  return (koffi ??= loadKoffi());
}

/** Calls a function that returns -1 when it fails, and throws the system's error then. */
export function callSystem(name: keyof typeof prototypes, ...given: readonly Argument[]): number {
  const result = callLibc(name, ...given);
  if (result === -1) throw toSystemError(koffi?.errno() ?? 0, name);
  return result;
}

/** The number of errno(3) that the last call left, for those who call often and expect an error. */
export function readErrno(): number {
  return koffi?.errno() ?? 0;
}

/**
 * Makes a child by clone(2) with these flags, which ends at once and is to be waited for. Returns its
 * number, or a negative number of errno(3).
 *
 * A child of Node can't run anything of ours, for it has one of our threads only. So it runs a function
 * of the C library and nothing else, as after vfork(2): in our memory, on a stack of its own, while we
 * wait for its end.
 */
export function cloneAndExit(flags: number): number {
  const { address, errno } = useKoffi();
  const stack = Buffer.alloc(stackSize);
  // It grows downwards, from an address that 16 divides.
  const top = (address(stack) + BigInt(stackSize)) & ~15n;
  const end = address(loadLibrary().symbol('_exit'));
  const child = callLibc('clone', end, top, flags | CLONE_VM | CLONE_VFORK | SIGCHLD, null);
  return child === -1 ? -errno() : child;
}

const CLONE_VM = 0x100;
const CLONE_VFORK = 0x4000;
const SIGCHLD = 17;
const stackSize = 2 ** 16;

const SIG_IGN = 1;

/** Ignores a signal from now on, by its number. */
export function ignoreSignal(signal: number): void {
  callLibc('signal', signal, SIG_IGN);
}

/**
 * Ends this process, if the C library has been called at all. Node would take its signal handlers away
 * first, and die of a signal that comes then.
 */
export function exitAtOnce(status: number): void {
  if (library !== undefined) callLibc('_exit', status);
}

/**
 * Sees to it that `exitAtOnce` will end this process while threads of Node are busy. Node would wait
 * for a look-up of a name, which can take 10 s and can't be called off.
 */
export function prepareToExitAtOnce(): void {
  try {
    loadLibrary();
  } catch {
    // It takes longer then.
  }
}

/** The dynamic loader takes files only: this one is gone again before anything else happens. */
function loadKoffi(): typeof Koffi {
  const there = findAssetFile('koffi.node');
  if (there !== undefined) return loadFrom(there);
  const native = readAsset('koffi.node');
  const reasons: string[] = [];
  for (const directory of new Set([tmpdir(), '/tmp', '/var/tmp', '/run', '/var/guix'])) {
    // Containers that share a directory have processes of the same number.
    const file = join(
      directory,
      `.guix-entry-point-${process.pid}-${process.hrtime.bigint()}.node`,
    );
    try {
      return loadAs(file, native);
    } catch (error) {
      reasons.push(`${directory}: ${renderSystemError(error)}`);
    }
  }
  throw new EntryPointError({ kind: 'no-place-to-load', reasons });
}

function loadAs(file: string, native: Buffer): typeof Koffi {
  try {
    writeFileSync(file, native, { flag: 'wx', mode: 0o700 });
    return loadFrom(file);
  } finally {
    rmSync(file, { force: true });
  }
}

function loadFrom(file: string): typeof Koffi {
  const loaded: { exports: unknown } = { exports: {} };
  process.dlopen(loaded, file);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what koffi's own loader does
  return loaded.exports as typeof Koffi;
}

/** An error as Node's own functions throw it, from a number of errno(3). */
export function toSystemError(number: number, call: string): Error {
  const error = new Error(`${call}: ${getSystemErrorMessage(-number)}`);
  return Object.assign(error, {
    code: getSystemErrorName(-number),
    errno: -number,
    syscall: call,
  });
}
