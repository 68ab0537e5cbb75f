import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseElf } from './elf.ts';

/** What the kernel runs programs of another architecture with: binfmt_misc. */
export type Registration = {
  readonly name: string;
  /** Of the programs: `aarch64`. */
  readonly machine: string;
  readonly interpreter: string;
  readonly isEnabled: boolean;
  /** The kernel has opened it for good (flag F): it works in roots that don't have it, too. */
  readonly isFixed: boolean;
  /** It can be found from here. */
  readonly isThere: boolean;
};

const directory = '/proc/sys/fs/binfmt_misc';

/** Those for programs; `undefined`: it isn't told here, because binfmt_misc is not mounted. */
export function readRegistrations(): readonly Registration[] | undefined {
  if (!existsSync(join(directory, 'register'))) return undefined;
  const isOn = readFileSync(join(directory, 'status'), 'latin1') === 'enabled\n';
  return readdirSync(directory)
    .filter((name) => name !== 'register' && name !== 'status')
    .flatMap((name) => parse(name, readFileSync(join(directory, name), 'latin1'), isOn));
}

/** One that is known by what its files are called, or by something else than ELF, is for no programs. */
function parse(name: string, text: string, isOn: boolean): readonly Registration[] {
  const field = (key: string): string => new RegExp(`^${key}:? (.*)$`, 'm').exec(text)?.[1] ?? '';
  const elf = parseElf(Buffer.from(field('magic'), 'hex'));
  if (elf === undefined) return [];
  const interpreter = field('interpreter');
  return [
    {
      name,
      machine: elf.machine,
      interpreter,
      isEnabled: isOn && text.startsWith('enabled\n'),
      isFixed: field('flags').includes('F'),
      isThere: existsSync(interpreter),
    },
  ];
}
