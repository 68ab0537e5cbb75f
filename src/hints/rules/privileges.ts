import type { Hint } from '../../errors/hint.ts';
import { spellOptions } from '../../machine/container.ts';
import { type Capability, hasCapability, readPrivileges } from '../../machine/privileges.ts';
import { findWords, isOrdinaryUser, type Scene } from '../scene.ts';

/** The daemon may not do what it does for builds: it isn't root, or a root that lacks something. */
export function findMissingPrivilege({ daemonWords, container }: Scene): Hint | undefined {
  const said = findWords(daemonWords, denied);
  if (said === undefined) return undefined;
  if (isOrdinaryUser()) {
    return {
      meaning:
        'A daemon with build users is started by root, and we are an ordinary user. Run the same command as root, or use a daemon that runs:',
      command: container === 'machine' ? 'sudo guix-entry-point …' : 'docker run --user=root …',
    };
  }
  const privileges = readPrivileges();
  const missing = needed.filter((capability) => !hasCapability(privileges, capability));
  if (missing.length === 0) return undefined;
  const spelling = spellOptions(container, 'build users');
  return {
    meaning: `To run builds as build users, root needs ${missing.join(', ')}, and has not got ${missing.length === 1 ? 'it' : 'them'} here. ${spelling === undefined ? 'Whoever started this process took that away. This shows what is left' : `Give them ${spelling.where}`}:`,
    command: spelling?.command ?? "grep '^Cap' /proc/self/status",
  };
}

/** What guix-daemon says where it changes users, owners and modes. */
const denied =
  /permission denied|(set[ug]id|setting uid|kill processes|owner|permissions|mode of|supplementary groups|bind to socket).*(operation not permitted|failed with)/i;

const needed: readonly Capability[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
];
