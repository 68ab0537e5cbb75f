import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { renderSystemError } from '../errors/system.ts';
import type { Ending } from '../processes/ending.ts';
import type { PublicKey } from '../substitutes/keys.ts';

/** What came of giving a key to Guix. */
export type Archived = { readonly ending: Ending; readonly words: readonly string[] };

/** Runs `guix archive --authorize`. Here nobody but Node has children, and it may wait for its own. */
export function archiveAuthorize(
  program: string,
  publicKey: PublicKey,
  env: Readonly<Record<string, string>>,
): Archived {
  const { status, signal, stderr, error } = spawnSync(program, ['archive', '--authorize'], {
    input: publicKey,
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (signal !== null) {
    return { ending: { by: 'signal', signal: constants.signals[signal] }, words: toLines(stderr) };
  }
  // It may have ended before it had read the key: that is not what matters.
  if (status !== null) return { ending: { by: 'exit', status }, words: toLines(stderr) };
  return { ending: { by: 'exit', status: 127 }, words: [renderSystemError(error)] };
}

function toLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
