/**
 * A line of a log as text: without control sequences and characters, and of a progress bar that went
 * back to the line's beginning only what it wrote last.
 */
export function toPlainLine(line: string): string {
  // Nearly all lines are.
  if (!other.test(line)) return line.trimEnd();
  const text = line.replace(sequences, '').trimEnd();
  return text.slice(text.lastIndexOf('\r') + 1).replace(controls, '');
}

const other = /[^ -~]/;

/** Colours and cursor moves (CSI), and what carries text of its own, such as links (OSC, DCS …). */
const sequences = new RegExp(
  String.raw`\u001B(?:\[[0-?]*[ -\/]*[@-~]|[\]PX^_]\P{Cc}*(?:\u0007|\u001B\\)|[ -\/]*[0-~])`,
  'gu',
);

const controls = /[[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]--\t]/gv;
