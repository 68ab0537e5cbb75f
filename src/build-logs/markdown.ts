import { stripVTControlCharacters } from 'node:util';

/** A line of a log without anything that does more than stand there, and not too long for a summary. */
export function toPlainText(line: string): string {
  // A slice would keep the whole line in memory.
  const copy = Buffer.from(line.slice(0, longestLine)).toString();
  return stripVTControlCharacters(copy).replaceAll(controls, ' ').trimEnd();
}

/** Text within a line of Markdown. */
export function renderCode(text: string): string {
  const plain = toPlainText(text).trim();
  const fence = '`'.repeat(longestRun(plain) + 1);
  const space = plain === '' || plain.includes('`') ? ' ' : '';
  return `${fence}${space}${plain}${space}${fence}`;
}

/** Plain lines as a block of Markdown, which they can't end. */
export function renderBlock(lines: readonly string[]): string {
  const text = lines.join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${text}\n${fence}`;
}

/** How many backticks stand beside each other at most. */
function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}

const longestLine = 500; // characters

/** All but tabs, and what turns the direction of writing. */
const controls = /(?!\t)[\p{Cc}\p{Bidi_Control}]/gu;
