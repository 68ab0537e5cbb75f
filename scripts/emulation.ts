// Programs of other platforms, which QEMU's user emulation runs on this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { $, path } from 'zx';
import type { Platform } from '../build.config.ts';
import { provideRoot, type Recipe } from './debian.ts';
import { readRegistrations } from '../src/machine/binfmt.ts';
import { Missing } from './script.ts';

/** The platform of this machine. */
export const thisPlatform: Platform = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';

/** What QEMU calls the architecture of a platform, and how its programs begin: elf(5). */
type Guest = { readonly name: string; readonly bits: 32 | 64; readonly machine: number };

/** Of those platforms whose programs a machine of another doesn't run by itself. */
const guests: Partial<Readonly<Record<Platform, Guest>>> = {
  'linux/arm/v7': { name: 'arm', bits: 32, machine: 40 },
  'linux/arm64': { name: 'aarch64', bits: 64, machine: 183 },
  'linux/ppc64le': { name: 'ppc64le', bits: 64, machine: 21 },
  'linux/riscv64': { name: 'riscv64', bits: 64, machine: 243 },
};

/** Each is one file that needs no other. */
const emulators: Recipe = {
  name: 'emulators',
  title: 'emulators of other processors',
  duration: 'half a minute',
  // Bookworm's takes six times as long.
  suite: 'trixie',
  packages: ['qemu-user'],
  setUp: [
    'mkdir /emulators',
    ...Object.values(guests).map(({ name }) => `cp /usr/bin/qemu-${name} /emulators`),
  ].join('\n'),
  keep: 'emulators',
};

/** Where the programs of a platform run; gone, as far as it had to be made, when it is disposed of. */
export type Emulation = AsyncDisposable & {
  /** What executes a program there, with its arguments; none: they run everywhere here. */
  readonly by: readonly string[];
};

/** Whether programs of a platform need an emulator here. */
export function isEmulated(platform: Platform): boolean {
  return findGuest(platform) !== undefined;
}

function findGuest(platform: Platform): Guest | undefined {
  return platform === thisPlatform ? undefined : guests[platform];
}

/**
 * Opens a user name space in which the kernel runs programs of a platform, and what those start. The
 * rest of this machine isn't told: such a name space has a binfmt_misc of its own.
 */
export async function openEmulation(platform: Platform): Promise<Emulation> {
  const guest = findGuest(platform);
  if (guest === undefined) return everywhere;
  const emulator = path.join(await provideRoot(emulators), `qemu-${guest.name}`);
  await using opened = new AsyncDisposableStack();
  const { pid } = opened.use(await openNameSpaces());
  const by = ['nsenter', `--target=${pid}`, '--user', '--mount'];
  const { exitCode } = await $({
    nothrow: true,
    quiet: true,
  })`${by} mount -t binfmt_misc none ${directory}`;
  if (exitCode !== 0) return findRegistered(platform, guest);
  // It holds as long as that is mounted.
  await $({ input: renderRegistration(guest, emulator) })`${by} tee ${directory}/register`;
  const everything = opened.move();
  return { by, [Symbol.asyncDispose]: () => everything.disposeAsync() };
}

const everywhere: Emulation = { by: [], async [Symbol.asyncDispose]() {} };

const directory = '/proc/sys/fs/binfmt_misc';

/** Before Linux 6.7 there is one binfmt_misc for the whole machine, which is not ours to change. */
function findRegistered(platform: Platform, { name }: Guest): Emulation {
  const isRun = readRegistrations()?.some(
    ({ machine, isEnabled, isFixed }) => machine === name && isEnabled && isFixed,
  );
  if (isRun === true) return everywhere;
  throw new Missing(
    `Programs of ${platform} can't be run here: only from Linux 6.7 on is there a binfmt_misc of our own, and this is ${release()}. Have them run on the whole machine: docker run --privileged --rm tonistiigi/binfmt --install all`,
  );
}

type NameSpaces = AsyncDisposable & { readonly pid: number | undefined };

/** Those of a process that waits, in which all users have the numbers that they have outside. */
async function openNameSpaces(): Promise<NameSpaces> {
  const holder = spawn('unshare', ['--user', '--mount', 'cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  // It answers from inside.
  holder.stdin.write('ready\n');
  await Promise.race([once(holder.stdout, 'data'), ended]);
  // To the last number it would be taken for the machine's own, and not for one with fewer privileges.
  for (const map of ['uid_map', 'gid_map']) {
    await writeFile(`/proc/${holder.pid}/${map}`, '0 0 65536');
  }
  return {
    pid: holder.pid,
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await ended;
    },
  };
}

/** See binfmt-misc.rst of the kernel. F: it is found in containers, too. P: programs see the name that they were called by. */
function renderRegistration({ bits, machine }: Guest, emulator: string): string {
  const magic = Buffer.alloc(20);
  magic.write('\x7fELF', 'latin1');
  magic.set([bits / 32, 1, 1], 4);
  magic.writeUInt16LE(2, 16);
  magic.writeUInt16LE(machine, 18);
  const mask = Buffer.alloc(20, 0xff);
  // Whatever its system's conventions, and whether it can be loaded at any address.
  mask[7] = 0;
  mask[16] = 0xfe;
  return `:emulated:M::${renderBytes(magic)}:${renderBytes(mask)}:${emulator}:FP`;
}

function renderBytes(bytes: Buffer): string {
  return [...bytes].map((byte) => String.raw`\x${byte.toString(16).padStart(2, '0')}`).join('');
}
