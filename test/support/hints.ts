import type { World } from '../../scripts/world.ts';
import { expect, listProcesses, run, runIn } from './real.ts';

export type ToldHint = { readonly meaning: string; readonly command: string };

/** The hints that a run has told, each a line with the command on the next. */
export function readHints(stderr: string): readonly ToldHint[] {
  return [...stderr.matchAll(/^\+ Hint: (.*)\n\+ {3}(.*)$/gm)].map(
    ([, meaning = '', command = '']) => ({ meaning, command }),
  );
}

/** Brings a fault about, by a shell in the world. */
export async function breakWorld(world: World, script: string): Promise<void> {
  const outcome = await runIn(world, ['sh', '-ec', script]);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
}

/**
 * Proves that a run fails, that it tells this hint as its last words, and leaves no process behind. A
 * full disk keeps the journal of a database.
 */
export async function expectHint(
  world: World,
  words: readonly string[],
  hint: ToldHint,
): Promise<void> {
  const outcome = await run(world, words);
  expect(outcome.status).toBeOneOf([1, 69]);
  expect(readHints(outcome.stderr), outcome.stderr).toEqual([hint]);
  expect(outcome.stderr.endsWith(`+   ${hint.command}\n`)).toBe(true);
  expect(listProcesses(world)).toEqual([]);
}

/** Proves that what was told to type mends it: by a shell in the world, then the same run again. */
export async function expectMended(
  world: World,
  words: readonly string[],
  command: string,
): Promise<void> {
  await breakWorld(world, command);
  const outcome = await run(world, words);
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  expect(outcome.stderr).not.toContain('Hint');
}
