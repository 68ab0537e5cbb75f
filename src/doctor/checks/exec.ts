import { guix } from '../../daemon/guix.ts';
import { findMount } from '../../machine/mounts.ts';
import type { Check, Finding } from '../check.ts';

/** Whether programs can be executed where builds have theirs. */
export const exec: Check = {
  name: 'exec',
  title: 'whether programs in the store and in builds can be executed',
  examine({ environment }) {
    const directories = [guix.store, environment['TMPDIR'] || '/tmp'];
    const faults = directories.flatMap(judge);
    const text = `programs in ${directories.join(' and ')} can be executed`;
    return faults.length > 0 ? faults : [{ state: 'fine', text }];
  },
};

function judge(directory: string): readonly Finding[] {
  const mount = findMount(directory);
  if (mount?.options.includes('noexec') !== true) return [];
  return [
    {
      state: 'broken',
      text: `${mount.point} is mounted noexec, and ${directory} is on it`,
      meaning: 'Builds execute programs there: they fail with "Permission denied".',
      command:
        directory === guix.store
          ? `mount -o remount,exec ${mount.point}`
          : `mount -o remount,exec ${mount.point} || TMPDIR=DIRECTORY guix-entry-point …`,
    },
  ];
}
