import { explainObstacle } from '../../hints/obstacle.ts';
import { findContainer } from '../../machine/container.ts';
import { type NameSpace, readNameSpaces } from '../../machine/namespaces.ts';
import { findUserNamespaceLimit } from '../../machine/user-namespaces.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { isRootsDaemon, wantsIsolation } from '../daemon.ts';

/** Whether the kernel has the name spaces of an isolated build, and lets the daemon make them. */
export const namespaces: Check = {
  name: 'namespaces',
  title: "the kernel's name spaces, and the sysctls that limit them",
  examine(machine) {
    if (!wantsIsolation(machine)) return [];
    const isRoot = isRootsDaemon(machine);
    const kinds = readNameSpaces({ isRoot });
    const faults = [...kinds.flatMap(judge), ...(isRoot ? [] : findUserLimit(machine))];
    if (faults.length > 0) return faults;
    const names = kinds.map(({ name }) => name).join(', ');
    return [{ state: 'fine', text: `the kernel has the name spaces of isolated builds: ${names}` }];
  },
};

function judge({ name, option, isThere, sysctl, limit }: NameSpace): readonly Finding[] {
  if (!isThere) {
    return [
      {
        state: 'odd',
        text: `the kernel has no ${name} name spaces`,
        meaning: `Builds can't be isolated on it. One that is built with ${option}=y has them; to go on without:`,
        command: 'guix-entry-point --chroot=off …',
      },
    ];
  }
  if (limit !== 0) return [];
  return [
    {
      state: 'odd',
      text: `${sysctl} is 0`,
      meaning: `No ${name} name space can be made, so builds can't be isolated. This is for root to change, on the machine itself, outside of any container:`,
      command: `sysctl --write ${sysctl}=15000`,
    },
  ];
}

/** What keeps ordinary users from them, and not root. */
function findUserLimit({ given }: Machine): readonly Finding[] {
  const reason = findUserNamespaceLimit();
  if (reason === undefined) return [];
  const obstacle = { is: 'no-user-namespaces', reason } as const;
  const { found, ...means } = explainObstacle(obstacle, findContainer(given));
  return [{ state: 'odd', text: found, ...means }];
}
