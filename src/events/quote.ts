import { encodeBytes } from '../processes/bytes.ts';

/** The words as one line that can be pasted into a shell and means the same there. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

function quote(word: string): string {
  if (/^[\w@%+:,./-]+$/.test(word) || isAssignmentLike(word)) return word;
  // A line of ours stays one line, and text: control characters, and bytes that are no UTF-8 (see
  // `decodeBytes`), are written as $'…' has them.
  if (unprintable.test(word)) return `$'${word.replace(/[\\'\p{Cc}\udc80-\udcff]/gu, escape)}'`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `--option=value` needs no quotes; `NAME=value` in the first place would be an assignment. */
function isAssignmentLike(word: string): boolean {
  return /^-[\w@%+:,./=-]+$/.test(word);
}

const unprintable = /[\p{Cc}\udc80-\udcff]/u;

const short: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\\': '\\\\',
  "'": "\\'",
};

function escape(character: string): string {
  // By bytes: what \u means in $'…' depends on the locale of whoever reads it.
  const bytes = [...encodeBytes(character)].map((byte) => byte.toString(16).padStart(2, '0'));
  return short[character] ?? bytes.map((byte) => `\\x${byte}`).join('');
}
