import { explainObstacle } from '../../hints/obstacle.ts';
import { findContainer } from '../../machine/container.ts';
import { hasCapability, readPrivileges } from '../../machine/privileges.ts';
import { findDeniedCalls } from '../../machine/system-calls.ts';
import { judgeOurDaemon } from '../answers.ts';
import type { Check } from '../check.ts';
import { isRootsDaemon, wantsIsolation } from '../daemon.ts';

/** Whether a filter of system calls lets through what the daemon needs. */
export const seccomp: Check = {
  name: 'seccomp',
  title: 'the filter of system calls that container engines set',
  examine(machine) {
    const privileges = readPrivileges();
    if (!privileges.isFiltered) return [{ state: 'fine', text: 'no system call is filtered' }];
    const isAdministrator = hasCapability(privileges, 'CAP_SYS_ADMIN');
    const { program, needs } = machine.kind;
    const { personality } = needs;
    const denied = findDeniedCalls({ isAdministrator, personality }).filter(
      (call) => wantsIsolation(machine) || isForAnyBuild(call),
    );
    if (denied.length === 0) {
      return [{ state: 'fine', text: `the filter of system calls lets ${program} work` }];
    }
    const call = denied.find(isForAnyBuild);
    const isRoot = isRootsDaemon(machine);
    const obstacle = { is: 'system-call-denied', call: call ?? denied.join(', '), isRoot } as const;
    const { found, ...means } = explainObstacle(obstacle, findContainer(machine.given));
    const all = found.replace(obstacle.call, denied.join(', '));
    const state = call === undefined ? 'odd' : 'broken';
    return judgeOurDaemon([{ state, text: all, ...means }], machine);
  },
};

/** A daemon that needs it sets it for every builder, isolated or not, and gives up when it can't. */
function isForAnyBuild(call: string): boolean {
  return call === 'personality';
}
