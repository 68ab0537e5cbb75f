import { existsSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import { findBuildUsersGroup } from '../../machine/build-users.ts';
import { findBuildObstacle, trySandbox } from '../../machine/sandbox.ts';
import { explainDenial, explainObstacle } from '../obstacle.ts';
import {
  hasBuilderSpoken,
  hasTriedToBuild,
  isDaemonOurs,
  isOrdinaryUser,
  type Scene,
} from '../scene.ts';

/**
 * No builder came so far as to say a word, and the machine forbids what the daemon does before. Of
 * somebody else's daemon, our own privileges tell nothing.
 */
export async function findSandboxFault(scene: Scene): Promise<Hint | undefined> {
  if (!isDaemonOurs(scene) || hasBuilderSpoken(scene) || !hasTriedToBuild(scene)) return undefined;
  const { container, daemonArguments = [] } = scene;
  const denial = findBuildObstacle({ isRoot: isRootsDaemon(scene), by: [] });
  if (denial !== undefined) return explainDenial(denial, container);
  return daemonArguments.includes('--disable-chroot') ? findHomeShelter() : findObstacle(scene);
}

function isRootsDaemon(scene: Scene): boolean {
  return !isOrdinaryUser() && findBuildUsersGroup(scene.daemonArguments ?? []) !== undefined;
}

async function findObstacle(scene: Scene): Promise<Hint | undefined> {
  const { environment, container } = scene;
  const isRoot = isRootsDaemon(scene);
  // As another user, a daemon may be let do what we aren't.
  if (!isRoot && !isOrdinaryUser()) return undefined;
  const obstacle = await trySandbox({ isRoot, by: [] }, environment);
  if (obstacle === undefined) return undefined;
  const { found, meaning, command } = explainObstacle(obstacle, container);
  return { meaning: `The daemon can't isolate builds: ${found}. ${meaning}`, command };
}

/** Without the sandbox, builds must not find the home directory that they are told of. */
function findHomeShelter(): Hint | undefined {
  return existsSync('/homeless-shelter')
    ? {
        meaning:
          '/homeless-shelter exists: a build that is not isolated has made it, and the daemon builds nothing beside it. To remove it:',
        command: 'rm --recursive /homeless-shelter',
      }
    : undefined;
}
