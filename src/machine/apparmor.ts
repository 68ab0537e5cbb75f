import { readFileSync } from 'node:fs';

/** The profile by which AppArmor confines this process, as `docker-default`: apparmor(7). */
export function findConfinement(): string | undefined {
  try {
    return /^(.+) \(enforce\)$/m.exec(readFileSync('/proc/self/attr/current', 'utf8'))?.[1];
  } catch {
    // A kernel without such a security module, or a hidden /proc.
    return undefined;
  }
}
