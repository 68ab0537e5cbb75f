import { existsSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import { spellOptions } from '../../machine/container.ts';
import { isPersonalityDenied } from '../../machine/personality.ts';
import { readPrivileges } from '../../machine/privileges.ts';
import { trySandbox } from '../../machine/sandbox.ts';
import { explainObstacle } from '../obstacle.ts';
import { findBuildUsersGroup, hasBuilderSpoken, isOrdinaryUser, type Scene } from '../scene.ts';

/** No builder came so far as to say a word, and the machine forbids what the daemon does before. */
export async function findSandboxFault(scene: Scene): Promise<Hint | undefined> {
  if (hasBuilderSpoken(scene)) return undefined;
  const { daemonArguments = [] } = scene;
  return daemonArguments.includes('--disable-chroot')
    ? (findHomeShelter() ?? findFilter(scene))
    : findObstacle(scene);
}

async function findObstacle(scene: Scene): Promise<Hint | undefined> {
  const { environment, container, daemonArguments } = scene;
  const isRoot =
    daemonArguments === undefined
      ? !isOrdinaryUser()
      : findBuildUsersGroup(scene) !== undefined && !isOrdinaryUser();
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

function findFilter({ container }: Scene): Hint | undefined {
  if (!readPrivileges().isFiltered || !isPersonalityDenied()) return undefined;
  const spelling = spellOptions(container, 'no filter');
  return {
    meaning: `A filter of system calls (seccomp) forbids 'personality', without which the daemon starts no build, isolated or not. ${spelling === undefined ? 'Whoever started this process set it. This shows it' : `Lift it ${spelling.where}`}:`,
    command: spelling?.command ?? 'grep Seccomp /proc/self/status',
  };
}
