/** A program for one kind of machine: how ELF calls the machine, and what it executes. */
type Program = {
  /** As Guix calls it. */
  readonly system: string;
  readonly bits: 32 | 64;
  /** `e_machine` and `e_flags` of elf(5). */
  readonly machine: number;
  readonly flags: number;
  readonly code: string;
};

// What a build has to do is to make what `out` names. A builder must be in the store, and an isolated
// build sees nothing of the machine: so it is a whole program that needs neither a loader nor a
// library nor a shell, and a store may have none of these. For each machine, in its own words:
//
//   entry = the first word of the environment on the stack, behind the arguments and their null
//   do variable = *entry++ while the first four bytes of the variable are not `out=`
//   exit(-mkdir(variable + 4, 0755))
//
// test/doctor/assembly/*.s are the sources, and a test assembles them.

/** The programs, by what Node calls the machine. */
const programs: Readonly<Record<string, Program>> = {
  x64: {
    system: 'x86_64-linux',
    bits: 64,
    machine: 62,
    flags: 0,
    code: `58488d5cc408488b3b4883c308813f6f75743d75f14883c704beed010000b8530000000f0589c7f7dfb83c000000
      0f05`,
  },
  ia32: {
    system: 'i686-linux',
    bits: 32,
    machine: 3,
    flags: 0,
    code: '588d748404ad81386f75743d75f78d5804b9ed010000b827000000cd8089c3f7dbb801000000cd80',
  },
  arm64: {
    system: 'aarch64-linux',
    bits: 64,
    machine: 183,
    flags: 0,
    code: `e10340f9e2030091410c018b21400091e3ad8e5283aea772228440f8440040b99f00036ba1ffff54411000916
      00c8092a23d805248048052010000d4e003004ba80b8052010000d4`,
  },
  arm: {
    system: 'armhf-linux',
    bits: 32,
    machine: 40,
    flags: 0x5000000,
    code: `00109de501118de0081081e26f3507e3743d43e3040091e4004090e5030054e1fbffff1a040080e2ed1100e3277
      0a0e3000000ef000060e20170a0e3000000ef`,
  },
  riscv64: {
    system: 'riscv64-linux',
    bits: 64,
    machine: 243,
    flags: 0,
    code: `8335010093953500b3852500b776743d9b86f65603b605019385850003670600e31ad7fe930546001305c0f9130
      6d01e93082002730000003305a0409308d00573000000`,
  },
  ppc64: {
    system: 'powerpc64le-linux',
    bits: 64,
    machine: 21,
    flags: 2,
    code: `000081e8241f8478140a847c08008438743da03c6f75a560090064e80000c3804028067cf4ff824004006338ed01
      8038270000380200004408008341000060380100003802000044`,
  },
};

/** The kinds of machines that there is a program for. */
export const knownMachines: readonly string[] = Object.keys(programs);

/** The program for a kind of machine, as the bytes of its file; `undefined`: there is none. */
export function makeProgram(
  arch: string,
): { readonly system: string; readonly file: Buffer; readonly code: Buffer } | undefined {
  const program = programs[arch];
  if (program === undefined) return undefined;
  const code = Buffer.from(program.code.replaceAll(/\s/g, ''), 'hex');
  const file = Buffer.concat([makeHeader(program, code.length), code]);
  return { system: program.system, file, code };
}

/** Where it is loaded, far from what the kernel maps by itself. */
const loadedAt = 0x400000;

/** elf(5): the header of the file, and that of its one segment, which is the whole file. */
function makeHeader({ bits, machine, flags }: Program, codeLength: number): Buffer {
  const isWide = bits === 64;
  const [headerSize, segmentSize] = isWide ? [64, 56] : [52, 32];
  const size = headerSize + segmentSize;
  const length = size + codeLength;
  const word = (value: number): Buffer => toBytes(value, isWide ? 8 : 4);
  const [half, four] = [(value: number) => toBytes(value, 2), (value: number) => toBytes(value, 4)];
  const [loadable, readAndExecute, page] = [1, 5, 0x10000];
  return Buffer.concat([
    Buffer.from([
      0x7f,
      0x45,
      0x4c,
      0x46,
      isWide ? 2 : 1,
      1,
      1,
      ...Array.from({ length: 9 }, () => 0),
    ]),
    ...[half(2), half(machine), four(1)],
    ...[word(loadedAt + size), word(headerSize), word(0), four(flags)],
    ...[headerSize, segmentSize, 1, 0, 0, 0].map(half),
    four(loadable),
    ...(isWide ? [four(readAndExecute)] : []),
    ...[word(0), word(loadedAt), word(loadedAt), word(length), word(length)],
    ...(isWide ? [] : [four(readAndExecute)]),
    word(page),
  ]);
}

/** Little-endian, as all these machines are. */
function toBytes(value: number, length: 2 | 4 | 8): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntLE(value, 0, Math.min(length, 6));
  return bytes;
}
