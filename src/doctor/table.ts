import { neutralize } from '../events/control.ts';
import type { Finding } from './check.ts';
import type { Examined } from './examine.ts';

/** How findings are laid out. */
export type Form = {
  /** How wide the names of checks are. */
  readonly names: number;
  /** Of the terminal; `undefined`: lines are as long as they are. */
  readonly columns: number | undefined;
  readonly colors: boolean;
};

/** A finding as a JSON object; `null` is for what there is none of. */
export function renderJson(check: string, { finding, fixed }: Examined): string {
  const { state, text, meaning, command } = finding;
  return JSON.stringify({
    check,
    state,
    text,
    meaning: meaning ?? null,
    command: command ?? null,
    fixed: fixed ?? null,
  });
}

/** A finding's line, and below it what it means, what to type, and what came of mending it. */
export function renderLines(check: string, examined: Examined, form: Form): string[] {
  const { finding, fixed, reason } = examined;
  const { state, text, meaning = '', command = '' } = finding;
  const head = `${marks[state]} ${check.padEnd(form.names)}  `;
  const indent = ' '.repeat(head.length);
  const [first = '', ...rest] = wrap(show(text), form, head.length);
  const below = [
    ...rest,
    ...meaning.split('\n').flatMap((line) => wrap(show(line), form, head.length)),
    // A command is to be copied as it is.
    ...command.split('\n').map((line) => (line === '' ? '' : `  ${show(line)}`)),
    ...(fixed === true ? ['Done.'] : []),
    ...(fixed === false ? wrap(`Cannot be done: ${show(reason ?? '')}.`, form, head.length) : []),
  ];
  return [
    `${color(head, state, form)}${first}`,
    ...below.filter((line) => line.trim() !== '').map((line) => `${indent}${line}`),
  ];
}

/** `17 fine, 1 odd, 2 broken`, and what can be done about some of it. */
export function renderSum(all: readonly Examined[], mendable: number): string[] {
  const left = all.filter(({ fixed }) => fixed !== true);
  const count = (state: Finding['state']): number =>
    left.filter(({ finding }) => finding.state === state).length;
  const sum = `${count('fine')} fine, ${count('odd')} odd, ${count('broken')} broken`;
  const hint = `'guix-entry-point doctor --fix' does what is safe, for ${mendable} of them.`;
  return mendable === 0 ? [sum] : [sum, hint];
}

const marks = { fine: '✓', odd: '!', broken: '✗' } as const;
const colors = { fine: '32', odd: '1;33', broken: '1;31' } as const;

function color(head: string, state: Finding['state'], form: Form): string {
  return form.colors ? `\x1b[${colors[state]}m${head}\x1b[0m` : head;
}

/** It may hold names of files, and words of others. */
function show(text: string): string {
  return neutralize(text, { colors: false });
}

/** The lines of a text at a terminal, broken between words. */
function wrap(text: string, { columns }: Form, indent: number): string[] {
  // On a narrow one it is better read across its edge.
  const width = columns === undefined ? Infinity : Math.max(columns - indent, narrowest);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

const narrowest = 30;
