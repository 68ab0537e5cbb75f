import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownMachines, makeProgram } from '../../src/doctor/self-test/program.ts';
import { expect, test } from '../support/directory.ts';

/** As Debian calls the assemblers of binutils. */
const assemblers: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  ia32: 'i686-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  riscv64: 'riscv64-linux-gnu',
  ppc64: 'powerpc64le-linux-gnu',
};

test('each machine has a source, and each source a machine', () => {
  expect(Object.keys(assemblers)).toEqual(knownMachines);
  for (const machine of knownMachines) {
    expect(existsSync(join(import.meta.dirname, `assembly/${machine}.s`))).toBe(true);
  }
});

const here = knownMachines.filter(
  (machine) => spawnSync(`${assemblers[machine]}-as`, ['--version']).status === 0,
);

test.for(here)('the program for %s is what its source says', (machine, { directory }) => {
  const [object, binary] = [join(directory, 'object'), join(directory, 'binary')];
  const source = join(import.meta.dirname, `assembly/${machine}.s`);
  const tool = (name: string, words: readonly string[]): number | null =>
    spawnSync(`${assemblers[machine]}-${name}`, words, { stdio: 'inherit' }).status;
  expect(tool('as', ['-o', object, source])).toBe(0);
  expect(tool('objcopy', ['--output-target=binary', '--only-section=.text', object, binary])).toBe(
    0,
  );
  expect(makeProgram(machine)?.code.toString('hex')).toBe(readFileSync(binary).toString('hex'));
});

/** Runs a program and returns its status. */
function execute(
  [program = '', ...rest]: readonly string[],
  env: Readonly<Record<string, string>>,
): number | null {
  return spawnSync(program, rest, { env }).status;
}

/** What runs programs of other machines here. */
const runners: readonly (readonly [machine: string, by: readonly string[]])[] = [
  [process.arch, []],
  ...(
    [
      ['arm64', 'qemu-aarch64-static'],
      ['arm', 'qemu-arm-static'],
      ['riscv64', 'qemu-riscv64-static'],
      ['ppc64', 'qemu-ppc64le-static'],
    ] as const
  )
    .filter(([, emulator]) => existsSync(`/usr/bin/${emulator}`))
    .map(([machine, emulator]) => [machine, [emulator]] as const),
];

test.for(runners)('the program for %s makes what out names', ([machine, by], { directory }) => {
  const file = join(directory, 'program');
  writeFileSync(file, makeProgram(machine)?.file ?? '', { mode: 0o755 });
  const words = [...by, file];
  const out = join(directory, 'made');
  const env = { PATH: '/usr/bin', another: 'out=', out, zone: 'x' };
  expect(execute(words, env)).toBe(0);
  expect(statSync(out).isDirectory()).toBe(true);
  const alreadyThere = 17;
  expect(execute(words, env)).toBe(alreadyThere);
});

test('there is none for a machine that nobody knows', () => {
  expect(makeProgram('s390x')).toBeUndefined();
});
