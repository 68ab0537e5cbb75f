import type { Hint } from '../../errors/hint.ts';
import { findBuildObstacle } from '../../machine/sandbox.ts';
import { explainDenial } from '../obstacle.ts';
import { findWords, isDaemonOurs, isOrdinaryUser, type Scene } from '../scene.ts';

/** The daemon may not do what it does for builds: it isn't root, or a root that lacks something. */
export function findMissingPrivilege(scene: Scene): Hint | undefined {
  const { kind, daemonWords, container } = scene;
  const said = findWords(daemonWords, denied);
  if (said === undefined || !isDaemonOurs(scene)) return undefined;
  if (isOrdinaryUser()) {
    return {
      meaning:
        'A daemon with build users is started by root, and we are an ordinary user. Run the same command as root, or use a daemon that runs:',
      command: container === 'machine' ? 'sudo guix-entry-point …' : 'docker run --user=root …',
    };
  }
  const obstacle = findBuildObstacle({ isRoot: true, needs: kind.needs, by: [] });
  return obstacle === undefined ? undefined : explainDenial(obstacle, container);
}

/** What a daemon says where it changes users, owners and modes. */
const denied =
  /permission denied|(set[ug]id|setting uid|kill processes|owner|permissions|mode of|supplementary groups|setgroups|bind to socket).*(operation not permitted|failed with)/i;
