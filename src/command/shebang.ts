import { basename } from 'node:path';

/** A script's first line, as the kernel reads it (execve(2), "Interpreter scripts"). */
export type Shebang = {
  readonly interpreter: string;
  /** All that follows the interpreter, as one. */
  readonly argument: string | undefined;
};

/** Reads the start of a file; `undefined`: it is not a script. */
export function parseShebang(start: Buffer): Shebang | undefined {
  const line = start.toString('utf8').split('\n', 1)[0] ?? '';
  const [, interpreter, argument] =
    /^#![ \t]*([^ \t\0]+)(?:[ \t]+([^\0]*?))?[ \t]*$/.exec(line) ?? [];
  return interpreter === undefined ? undefined : { interpreter, argument: argument || undefined };
}

/** Whether it ends as on Windows, and in a name: options of other programs may well end so. */
export function endsInCarriageReturn(shebang: Shebang): boolean {
  const { interpreter, argument } = shebang;
  const isName = basename(interpreter) === 'env' || findShell(shebang) !== undefined;
  return interpreter.endsWith('\r') || (isName && argument?.endsWith('\r') === true);
}

/** The shells that know `-x`, by the name that they are called by. */
const shells = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'mksh', 'yash']);

/** The shell that a script is for, and the words before the script's own name. */
export type ShellCall = {
  readonly shell: string;
  readonly words: readonly string[];
  /** Those of the words that are options of the shell. */
  readonly options: readonly string[];
  /** Where among the words an option can be put in. */
  readonly optionsAt: number;
};

/**
 * `#!/bin/sh -e`, `#!/usr/bin/env bash`, `#!/usr/bin/env -S bash -e`, `#!/bin/busybox sh`;
 * `undefined`: not for a shell, or said in a way that only the interpreter itself understands.
 */
export function findShell({ interpreter, argument }: Shebang): ShellCall | undefined {
  const words = [interpreter, ...splitArgument(interpreter, argument)];
  const at = ['env', 'busybox'].includes(basename(interpreter)) ? 1 : 0;
  const shell = basename(words[at] ?? '');
  const options = words.slice(at + 1);
  if (!shells.has(shell) || !options.every((option) => plainOption.test(option))) return undefined;
  // bash wants its long options before all others.
  const long = options.findIndex((word) => !/^--./.test(word));
  return { shell, words, options, optionsAt: long === -1 ? words.length : at + 1 + long };
}

/** An option without a value of its own; what else stands there, `-x` would be put in between. */
const plainOption = /^(-|--|[-+][a-zA-Z]+\r?|--(norc|noprofile|posix|login))$/;

function splitArgument(interpreter: string, argument: string | undefined): readonly string[] {
  if (argument === undefined) return [];
  const split = /^-S\s*([^'"\\$]*)$/.exec(argument)?.[1];
  return basename(interpreter) === 'env' && split !== undefined
    ? split.split(/\s+/).filter(Boolean)
    : [argument];
}
