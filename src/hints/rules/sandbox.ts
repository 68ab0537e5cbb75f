import { existsSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import { findBuildObstacle, trySandbox, type Who } from '../../machine/sandbox.ts';
import { explainDenial, explainObstacle } from '../obstacle.ts';
import {
  hasBuilderSpoken,
  hasTriedToBuild,
  isDaemonOurs,
  isOrdinaryUser,
  readIsolation,
  type Scene,
} from '../scene.ts';

/**
 * No builder came so far as to say a word, and the machine forbids what the daemon does before. Of
 * somebody else's daemon, our own privileges tell nothing.
 */
export async function findSandboxFault(scene: Scene): Promise<Hint | undefined> {
  if (!isDaemonOurs(scene) || hasBuilderSpoken(scene) || !hasTriedToBuild(scene)) return undefined;
  const { container } = scene;
  const who = findDaemon(scene);
  const denial = findBuildObstacle(who);
  if (denial !== undefined) return explainDenial(denial, container);
  return readIsolation(scene) === 'off' ? findHomeShelter() : findObstacle(who, scene);
}

function findDaemon({ kind, buildUsersGroup }: Scene): Who {
  return { isRoot: !isOrdinaryUser() && buildUsersGroup !== undefined, needs: kind.needs, by: [] };
}

async function findObstacle(who: Who, scene: Scene): Promise<Hint | undefined> {
  const { environment, container } = scene;
  // As another user, a daemon may be let do what we aren't.
  if (!who.isRoot && !isOrdinaryUser()) return undefined;
  const obstacle = await trySandbox(who, environment);
  if (obstacle === undefined) return undefined;
  const { found, meaning, command } = explainObstacle(obstacle, container);
  const { insistence } = scene.kind.isolation;
  const insists =
    readIsolation(scene) === 'insists' ? `, and by '${insistence}' it makes no others` : '';
  return { meaning: `The daemon can't isolate builds${insists}: ${found}. ${meaning}`, command };
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
