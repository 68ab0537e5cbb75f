import { findContainer, spellOptions } from '../../machine/container.ts';
import { findTunnel, type Tunnel } from '../../machine/tunnel.ts';
import { findDaemonProgram, wantsIsolation } from '../daemon.ts';
import type { Check, Finding, Machine } from '../check.ts';

/** Whether isolated builds that may have a network get one: those whose output is known by its hash. */
export const tunnel: Check = {
  name: 'tunnel',
  title: 'the network of builds that fetch sources: /dev/net/tun, slirp4netns',
  only: 'guix',
  examine(machine) {
    const program = findDaemonProgram(machine);
    if (program === undefined || !wantsIsolation(machine)) return [];
    const found = findTunnel(program);
    if (found === undefined) return [];
    const faults = [...judgeProgram(found), ...judgeDevice(found, machine)];
    return faults.length > 0 ? faults : [{ state: 'fine', text: 'builds that fetch sources can' }];
  },
};

const consequence =
  "Isolated builds that fetch sources, by Git for instance, have no network without; what Guix itself downloads isn't concerned.";

function judgeProgram({ program, hasProgram }: Tunnel): readonly Finding[] {
  if (hasProgram) return [];
  return [
    {
      state: 'odd',
      text: `${program} is not there`,
      meaning: `${consequence} It is installed by:`,
      command: program.startsWith('/gnu/')
        ? 'guix gc --verify=contents,repair'
        : 'apt-get install slirp4netns',
    },
  ];
}

/** Where it isn't, builds go on without; where it can't be opened, they fail. */
function judgeDevice({ deviceError }: Tunnel, { given }: Machine): readonly Finding[] {
  if (deviceError === undefined) return [];
  const spelling = spellOptions(findContainer(given), 'tunnel');
  const isMissing = deviceError === 'ENOENT';
  return [
    {
      state: 'odd',
      text: isMissing
        ? '/dev/net/tun is not there'
        : `/dev/net/tun can't be opened: ${deviceError}`,
      meaning: isMissing
        ? `${consequence} ${spelling === undefined ? 'Root makes it by:' : `Say so ${spelling.where}:`}`
        : 'Isolated builds that fetch sources, by Git for instance, fail. Root lets everybody use it:',
      command: isMissing ? (spelling?.command ?? makeDevice) : 'chmod 666 /dev/net/tun',
    },
  ];
}

const makeDevice = 'mkdir --parents /dev/net && mknod --mode=666 /dev/net/tun c 10 200';
