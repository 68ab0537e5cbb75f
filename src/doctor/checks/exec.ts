import { quoteWords } from '../../events/quote.ts';
import { type Container, findContainer } from '../../machine/container.ts';
import { findMount } from '../../machine/mounts.ts';
import { findBuildDirectory, findBuildDirectoryFault } from '../build-directory.ts';
import type { Check, Finding } from '../check.ts';

/** Whether programs can be executed where builds have theirs. */
export const exec: Check = {
  name: 'exec',
  title: 'whether programs in the store and in builds can be executed',
  examine(machine) {
    const container = findContainer(machine.given);
    const fault = findBuildDirectoryFault(machine);
    const directories = [
      machine.kind.store,
      ...(fault === undefined ? [findBuildDirectory(machine)] : []),
    ];
    const faults = [
      ...directories.flatMap((directory) => judge(directory, container)),
      ...(fault === undefined ? [] : [fault]),
    ];
    const text = `programs in ${directories.join(' and ')} can be executed`;
    return faults.length > 0 ? faults : [{ state: 'fine', text }];
  },
};

function judge(directory: string, container: Container): readonly Finding[] {
  const mount = findMount(directory);
  if (mount?.options.includes('noexec') !== true) return [];
  return [
    {
      state: 'broken',
      text: `${mount.point} is mounted noexec, and ${directory} is on it`,
      meaning: `Builds execute programs there: they fail with "Permission denied". To allow it${isEngines(container) ? ', where the container is started' : ''}:`,
      command: isEngines(container)
        ? `${container === 'Podman container' ? 'podman' : 'docker'} run ${quoteWords([`--tmpfs=${mount.point}:exec`])} …`
        : quoteWords(['mount', '-o', 'remount,bind,exec', mount.point]),
    },
  ];
}

/** Docker mounts a `--tmpfs` so unless told otherwise. */
function isEngines(container: Container): boolean {
  return container === 'Docker container' || container === 'Podman container';
}
