import { findHint } from '../hints/find.ts';
import type { Place } from '../hints/scene.ts';
import { findContainer } from '../machine/container.ts';
import type { Finding, Machine } from './check.ts';
import { sandbox } from './checks/sandbox.ts';

type Explained = Pick<Finding, 'meaning' | 'command'>;

type FailedBuild = {
  readonly words: readonly string[];
  /** `undefined`: the daemon was there before. */
  readonly daemonArguments: readonly string[] | undefined;
};

/** What it means that a build failed with these words of the daemon, and what to type, where that is known. */
export async function explainFailedBuild(
  { words, daemonArguments }: FailedBuild,
  machine: Machine,
): Promise<Explained> {
  // What keeps builds from being isolated is nothing to one that isn't.
  const chroot = machine.kind.isolation.isOff(daemonArguments ?? []) ? 'off' : 'on';
  const found = await sandbox.examine({ ...machine, options: { ...machine.options, chroot } });
  const obstacle = found.find(({ state }) => state !== 'fine');
  if (obstacle === undefined) {
    const evidence = { ...nothingElse, daemonArguments, daemonWords: words };
    return (await findHint({ ...toPlace(machine), ...evidence })) ?? {};
  }
  const { text, meaning = '', command } = obstacle;
  return { meaning: `${text}.\n${meaning}`.trim(), ...(command !== undefined && { command }) };
}

/** Where hints look. */
export function toPlace({ kind, given, environment }: Machine): Place {
  return {
    kind,
    environment,
    container: findContainer(given),
    store: kind.store,
    stateDirectory: kind.stateDirectory(environment),
    logDirectory: kind.logDirectory(environment),
  };
}

/** The self-test's build has nothing of its own to say, and asks no servers. */
const nothingElse = {
  daemonProgram: undefined,
  buildUsersGroup: undefined,
  failed: [],
  logWords: [],
  servers: { bytes: 0, failed: [] },
} as const;
