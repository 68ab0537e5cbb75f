import { explainObstacle } from '../../hints/obstacle.ts';
import { findContainer } from '../../machine/container.ts';
import { type Capability, hasCapability, readPrivileges } from '../../machine/privileges.ts';
import { forBuilds, listSandboxCapabilities } from '../../machine/sandbox.ts';
import { judgeOurDaemon } from '../answers.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { isRootsDaemon, wantsIsolation } from '../daemon.ts';

/** Whether root is allowed what its daemon does; that of an ordinary user needs nothing of it. */
export const capabilities: Check = {
  name: 'capabilities',
  title: "what root's daemon is allowed",
  examine(machine) {
    if (!isRootsDaemon(machine)) return [];
    const faults = [
      ...judge('broken', forBuilds, machine),
      ...(wantsIsolation(machine)
        ? judge('odd', listSandboxCapabilities(machine.kind.needs), machine)
        : []),
    ];
    if (faults.length > 0) return judgeOurDaemon(faults, machine);
    return [
      { state: 'fine', text: `root has the capabilities that ${machine.kind.program} needs` },
    ];
  },
};

function judge(
  state: Finding['state'],
  needed: readonly Capability[],
  { given }: Machine,
): readonly Finding[] {
  const privileges = readPrivileges();
  const missing = needed.filter((capability) => !hasCapability(privileges, capability));
  const [first] = missing;
  if (first === undefined) return [];
  const obstacle = { is: 'no-capability', capability: first } as const;
  const { meaning, command } = explainObstacle(obstacle, findContainer(given));
  return [{ state, text: `root has no ${missing.join(', ')}`, meaning, command }];
}
