import { closeSync, fstatSync, openSync } from 'node:fs';
import { callLibc } from './libc.ts';

/** More than `struct termios` takes (60 bytes). */
const structureSize = 256;
/** Of its flag words, `c_lflag` is the fourth. */
const localFlagsAt = 12;
/** "Canonical": the kernel collects lines. POWER numbers it as BSD did. */
const ICANON = process.arch === 'ppc64' ? 0x100 : 0x2;

/** Whether a descriptor of ours is a terminal. Node's `tty` loads `net`, and what is no device is none. */
export function isTerminal(descriptor: number): boolean {
  if (!fstatSync(descriptor).isCharacterDevice()) return false;
  try {
    return readSettings(descriptor) !== undefined;
  } catch {
    // The C library can't be called. A run tells of that, and other words can do without.
    return false;
  }
}

/** Whether a program has taken the editing of lines from our terminal: a REPL, an editor, a pager. */
export function editsLines(): boolean {
  let terminal: number;
  try {
    terminal = openSync('/dev/tty', 'r');
  } catch {
    return false;
  }
  try {
    const settings = readSettings(terminal);
    return settings !== undefined && (settings.readUInt32LE(localFlagsAt) & ICANON) === 0;
  } finally {
    closeSync(terminal);
  }
}

/** Its `struct termios`; only a terminal has one. */
function readSettings(descriptor: number): Buffer | undefined {
  const settings = Buffer.alloc(structureSize);
  return callLibc('tcgetattr', descriptor, settings) === 0 ? settings : undefined;
}
