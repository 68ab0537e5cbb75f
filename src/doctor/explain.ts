import { guix } from '../daemon/guix.ts';
import { findHint } from '../hints/find.ts';
import type { Place } from '../hints/scene.ts';
import { findContainer } from '../machine/container.ts';
import type { Finding, Machine } from './check.ts';
import { sandbox } from './checks/sandbox.ts';

type Explained = Pick<Finding, 'meaning' | 'command'>;

/** What it means that a build failed with these words of the daemon, and what to type, where that is known. */
export async function explainFailedBuild(
  words: readonly string[],
  machine: Machine,
): Promise<Explained> {
  const found = await sandbox.examine(machine);
  const obstacle = found.find(({ state }) => state !== 'fine');
  if (obstacle === undefined)
    return (await findHint({ ...nothingElse, ...toPlace(machine), daemonWords: words })) ?? {};
  const { text, meaning = '', command } = obstacle;
  return { meaning: `${text}.\n${meaning}`.trim(), ...(command !== undefined && { command }) };
}

/** Where hints look. */
export function toPlace({ given, environment }: Machine): Place {
  return {
    environment,
    container: findContainer(given),
    store: guix.store,
    stateDirectory: guix.stateDirectory(environment),
    logDirectory: guix.logDirectory(environment),
  };
}

/** The self-test's build has nothing of its own to say, and asks no servers. */
const nothingElse = {
  daemonArguments: undefined,
  daemonProgram: undefined,
  failed: [],
  logWords: [],
  servers: { bytes: 0, failed: [] },
} as const;
