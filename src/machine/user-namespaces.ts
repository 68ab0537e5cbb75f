import { readFileSync } from 'node:fs';

/** Sysctls that keep ordinary users from name spaces, and the values with which they do. */
const sysctls: readonly (readonly [name: string, forbids: (value: number) => boolean])[] = [
  // Debian's and Ubuntu's.
  ['kernel.unprivileged_userns_clone', (value) => value === 0],
  ['kernel.apparmor_restrict_unprivileged_userns', (value) => value === 1],
  // A builder has one inside another.
  ['user.max_user_namespaces', (value) => value < 2],
];

/** The sysctl that keeps ordinary users from name spaces, with its value: `user.max_user_namespaces is 0`. */
export function findUserNamespaceLimit(): string | undefined {
  for (const [name, forbids] of sysctls) {
    const value = readSysctl(name);
    if (value !== undefined && forbids(value)) return `${name} is ${value}`;
  }
  return undefined;
}

/** `undefined`: it is not this kernel's, or hidden. */
export function readSysctl(name: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'latin1'));
  } catch {
    return undefined;
  }
}
