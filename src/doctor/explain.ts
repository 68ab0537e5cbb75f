import type { Finding, Machine } from './check.ts';
import { sandbox } from './checks/sandbox.ts';

/** What it means that a build failed so, and what to type, where that is known. */
export async function explainFailedBuild(
  _words: readonly string[],
  machine: Machine,
): Promise<Pick<Finding, 'meaning' | 'command'>> {
  const found = await sandbox.examine(machine);
  const obstacle = found.find(({ state }) => state !== 'fine');
  if (obstacle === undefined) return {};
  const { text, meaning = '', command } = obstacle;
  return { meaning: `${text}.\n${meaning}`.trim(), ...(command !== undefined && { command }) };
}
