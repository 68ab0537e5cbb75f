import { readFileSync } from 'node:fs';
import { isSea } from 'node:sea';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { decodeBytes } from './bytes.ts';
import { hiddenVariables, restoreHidden } from './hidden-variables.ts';

/** In front of the user's words, as Node counts them: the bundle also has the name that it goes by. */
const ownWords = isSea() ? 2 : 3;

/**
 * What this process was started with, as the kernel has it: Node puts U+FFFD for bytes that are no
 * UTF-8 (see `decodeBytes`), and takes variables that are meant for it away.
 */
export function readSurroundings(): {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
} {
  const words = readStrings('cmdline');
  const given = process.argv.length - ownWords;
  const variables = isSea() ? readStrings('environ') : readHidden();
  return {
    words: words.slice(words.length - given),
    environment: Object.fromEntries(
      variables.filter((variable) => variable.includes('=')).map(splitVariable),
    ),
  };
}

/** What Node has not looked at yet it finds unset: cluster's NODE_UNIQUE_ID counts if it is empty. */
function readHidden(): readonly string[] {
  for (const name of hiddenVariables) delete process.env[name];
  return restoreHidden(readStrings('environ'));
}

/** The strings of a list that the kernel keeps, each with a zero at its end. */
function readStrings(list: 'cmdline' | 'environ'): readonly string[] {
  const texts = readList(list).split('\0').slice(0, -1);
  return texts.map((text) => decodeBytes(Buffer.from(text, 'latin1')));
}

function readList(list: string): string {
  try {
    return readFileSync(`/proc/self/${list}`, 'latin1');
  } catch (cause) {
    throw new EntryPointError({ kind: 'no-proc', reason: renderSystemError(cause) }, { cause });
  }
}

/** `NAME=value` in two. */
export function splitVariable(variable: string): [name: string, value: string] {
  const at = variable.indexOf('=');
  return [variable.slice(0, at), variable.slice(at + 1)];
}
