/**
 * A log's line as it can be shown on a terminal without driving it. Colours stay within the line, or
 * are removed; any other control sequence or character, and what changes the direction of writing,
 * is made visible: a line must not be able to pass for another. (A colour can still hide text, as
 * black on black does; the file has it.)
 */
export function neutralize(line: string, { colors }: { readonly colors: boolean }): string {
  const text = overwrite(line.replace(lineEnd, ''));
  const shown = text.replace(special, (found, color?: string) => {
    if (color === undefined) return makeVisible(found);
    return colors ? color : '';
  });
  return closeColor(shown);
}

/** What no line's text ends with. The look behind keeps long runs within it cheap. */
const lineEnd = /(?<!\r)\r+$/u;

/**
 * A colour (SGR), or one other character. The “erase to the end of the line” that gcc and grep write
 * behind each colour is left out: in a line that only goes on there is nothing to erase.
 */
const special = new RegExp(
  String.raw`(\u001B\[[\d;:]*m)(?:\u001B\[K)?|[[\p{Cc}\p{Bidi_Control}]--\t]`,
  'gv',
);

/** Resets the colour that a line leaves behind. No escape but those of colours is left in it. */
function closeColor(shown: string): string {
  const last = shown.lastIndexOf('\u001B');
  return last === -1 || reset.test(shown.slice(last)) ? shown : `${shown}\u001B[0m`;
}

const reset = /^.\[0*m/u;

/**
 * What a terminal shows in the end of a progress bar that is written again and again from the line's
 * beginning: `10%\r20%` is `20%`. That is certain only if each character takes one column and no
 * version is wider than a terminal; else the line stays as it is, and its `^M` will be seen, for
 * nothing may vanish that a terminal would show.
 */
function overwrite(line: string): string {
  const versions = line.split('\r');
  if (versions.length === 1 || !versions.every((version) => oneRow.test(version))) return line;
  return versions.reduce((shown, version) => version + shown.slice(version.length));
}

const oneRow = /^[ -~]{0,79}$/u;

/** Control characters as `cat -v` writes them, others by their number. */
function makeVisible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x7f) return '^?';
  if (code < 0x20) return `^${String.fromCodePoint(code + 0x40)}`;
  if (code < 0xa0) return `M-^${String.fromCodePoint(code - 0x40)}`;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
