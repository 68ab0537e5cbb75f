import { existsSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import { findBuildObstacle, trySandbox } from '../../machine/sandbox.ts';
import { explainDenial, explainObstacle } from '../obstacle.ts';
import { findBuildUsersGroup, hasBuilderSpoken, isOrdinaryUser, type Scene } from '../scene.ts';

/** No builder came so far as to say a word, and the machine forbids what the daemon does before. */
export async function findSandboxFault(scene: Scene): Promise<Hint | undefined> {
  if (hasBuilderSpoken(scene)) return undefined;
  const { container, daemonArguments = [] } = scene;
  const denial = findBuildObstacle({ isRoot: isRootsDaemon(scene), by: [] });
  if (denial !== undefined) return explainDenial(denial, container);
  return daemonArguments.includes('--disable-chroot') ? findHomeShelter() : findObstacle(scene);
}

/** One that was there before is taken for that of whoever we are. */
function isRootsDaemon(scene: Scene): boolean {
  const isOthers = scene.daemonArguments === undefined;
  return !isOrdinaryUser() && (isOthers || findBuildUsersGroup(scene) !== undefined);
}

async function findObstacle(scene: Scene): Promise<Hint | undefined> {
  const { environment, container, daemonArguments } = scene;
  const isRoot = isRootsDaemon(scene);
  // As another user, a daemon may be let do what we aren't.
  if (!isRoot && !isOrdinaryUser()) return undefined;
  const obstacle = await trySandbox({ isRoot, by: [] }, environment);
  if (obstacle === undefined) return undefined;
  const { found, meaning, command } = explainObstacle(obstacle, container);
  const hint = { meaning: `The daemon can't isolate builds: ${found}. ${meaning}`, command };
  // What is said to us doesn't reach a daemon that was there before.
  return daemonArguments === undefined && container === 'machine'
    ? {
        meaning: `The daemon, which was there before, can't isolate builds: ${found}. To have it go on without:`,
        command: 'guix-daemon --build-users-group=guixbuild --disable-chroot',
      }
    : hint;
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
