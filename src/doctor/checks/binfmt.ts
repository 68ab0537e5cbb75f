import { quoteWords } from '../../events/quote.ts';
import { type Registration, readRegistrations } from '../../machine/binfmt.ts';
import type { Check, Finding } from '../check.ts';

/** Which programs of other architectures the kernel runs, and whether it finds what runs them. */
export const binfmt: Check = {
  name: 'binfmt',
  title: 'what runs programs of other architectures',
  examine() {
    const registrations = readRegistrations();
    if (registrations === undefined) {
      return [{ state: 'fine', text: 'unknown: binfmt_misc is not mounted here' }];
    }
    const faults = registrations.flatMap(judge);
    const working = registrations.filter((registration) => judge(registration).length === 0);
    if (working.length === 0 && faults.length > 0) return faults;
    const machines = new Set(working.map(({ machine }) => machine));
    const text =
      machines.size === 0
        ? 'programs of no other architecture are run'
        : `programs of other architectures that are run: ${[...machines].toSorted().join(', ')}`;
    return [{ state: 'fine', text }, ...faults];
  },
};

const renew = {
  meaning: 'Outside of any container, either of these registers it so that it works anywhere:',
  command:
    'docker run --privileged --rm tonistiigi/binfmt --install all || apt-get install qemu-user-static binfmt-support',
};

function judge(registration: Registration): readonly Finding[] {
  const { name, machine, interpreter, isEnabled, isFixed, isThere } = registration;
  if (!isEnabled) {
    return [
      {
        state: 'odd',
        text: `programs of ${machine} are not run: ${name} is disabled`,
        meaning: 'Outside of any container, root enables it:',
        command: `echo 1 >${quoteWords([`/proc/sys/fs/binfmt_misc/${name}`])}`,
      },
    ];
  }
  if (isFixed) return [];
  const text = isThere
    ? `programs of ${machine} are run here, and not in containers and isolated builds: ${name} lacks the flag F`
    : `programs of ${machine} can't be run: ${interpreter} is not here, and ${name} lacks the flag F`;
  return [{ state: 'odd', text, ...renew }];
}
