import { stripVTControlCharacters } from 'node:util';
import { expect } from 'vitest';
import type { Machine } from '../../scripts/machine.ts';

/** A program at a terminal: what is typed goes in, what the screen gets comes out. */
export type Terminal = {
  readonly type: (keys: string) => void;
  /** Waits until all that the screen has got so far matches. */
  readonly shows: (text: string | RegExp) => Promise<void>;
  /** The lines that the screen has got so far, without what drives the terminal. */
  readonly screen: () => string;
  /** The exit status. */
  readonly ended: Promise<number | null>;
};

/** A word as one of a line of shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Runs a line of shell at a terminal of its own. */
export function openTerminal(
  machine: Machine,
  line: string,
  env: Readonly<Record<string, string>> = {},
): Terminal {
  const words = ['script', '--quiet', '--return', '--command', line, '/dev/null'];
  const child = machine.start(words, { env, stdio: 'pipe' });
  let screen = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (screen += text));
  const read = (): string => stripVTControlCharacters(screen).replaceAll('\r', '');
  return {
    type: (keys) => void child.stdin?.write(keys),
    async shows(text) {
      await expect.poll(read).toMatch(text);
    },
    screen: read,
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
}

/** A prompt of the executable. */
export type Prompt = Terminal & {
  /** Types a line when it is asked for: what comes before is the running command's. */
  readonly enter: (line: string) => Promise<void>;
  /** Types ^D there; returns the exit status. */
  readonly leave: () => Promise<number | null>;
};

/** The executable without a command, on a screen of 24 lines of 160 characters. */
export async function openPrompt(
  machine: Machine,
  line = '/entry-point.sh',
  env: Readonly<Record<string, string>> = {},
): Promise<Prompt> {
  const size = 'stty rows 24 cols 160';
  const terminal = openTerminal(machine, `${size}; ${line}`, { TERM: 'xterm', ...env });
  let answered = 0;
  /** The screen ends with a prompt, and it is none of those that have got their line already. */
  async function isAsked(): Promise<void> {
    const countPrompts = (): number => terminal.screen().split(/\((?:guix|nix)\) /).length - 1;
    await expect.poll(countPrompts).toBeGreaterThan(answered);
    await terminal.shows(/\((?:guix|nix)\) [^\n]*[#>] $/);
    answered = countPrompts();
  }
  await terminal.shows(/\((?:guix|nix)\) /);
  return {
    ...terminal,
    async enter(words) {
      await isAsked();
      terminal.type(`${words}\r`);
    },
    async leave() {
      await isAsked();
      terminal.type('\x04');
      return terminal.ended;
    },
  };
}
