import { explainObstacle } from '../../hints/obstacle.ts';
import { findContainer } from '../../machine/container.ts';
import { readMounts } from '../../machine/mounts.ts';
import { hasCapability, readPrivileges } from '../../machine/privileges.ts';
import { findProcMasks } from '../../machine/proc-masks.ts';
import { isMachinesRoot } from '../../machine/sandbox.ts';
import type { Check } from '../check.ts';
import { isRootsDaemon, wantsIsolation } from '../daemon.ts';

/** Whether a build can have a /proc of its own. */
export const proc: Check = {
  name: 'proc',
  title: 'what of /proc is hidden or read-only',
  examine(machine) {
    if (!wantsIsolation(machine)) return [];
    const masks = findProcMasks(readMounts());
    if (masks.length === 0) return [{ state: 'fine', text: 'nothing of /proc is hidden' }];
    const obstacle = { is: 'proc-masked', mounts: masks } as const;
    const { found, ...means } = explainObstacle(obstacle, findContainer(machine.given));
    // The kernel minds it in user name spaces only, and who may mount a whole one beside does so.
    const isAdministrator = hasCapability(readPrivileges(), 'CAP_SYS_ADMIN');
    const makesUserSpace = machine.kind.needs.userSpace || !isRootsDaemon(machine);
    const isMinded = !isMachinesRoot() || (makesUserSpace && !isAdministrator);
    return isMinded
      ? [{ state: 'odd', text: found, ...means }]
      : [{ state: 'fine', text: `${found}, which this daemon doesn't mind` }];
  },
};
