import type { Hint } from '../../errors/hint.ts';
import { spellOptions } from '../../machine/container.ts';
import { findTunnel, type Tunnel } from '../../machine/tunnel.ts';
import { isBuiltIn, isFetching } from '../derivation.ts';
import { hasBuilderSpoken, readIsolation, type Scene } from '../scene.ts';
import { findNetworkWords } from './network.ts';

/**
 * Since June 2025 an isolated build whose result is known beforehand comes to the network through
 * slirp4netns and /dev/net/tun, except those that the daemon itself does, as the usual downloads.
 */
export function findMissingTunnel(scene: Scene): Hint | undefined {
  const { daemonProgram, failed } = scene;
  if (daemonProgram === undefined || readIsolation(scene) === 'off') return undefined;
  if (hasBuilderSpoken(scene) && findNetworkWords(scene) === undefined) return undefined;
  if (!failed.some(({ derivation }) => isFetching(derivation) && !isBuiltIn(derivation))) {
    return undefined;
  }
  const tunnel = findTunnel(daemonProgram);
  return tunnel && (findMissingProgram(tunnel) ?? findMissingDevice(tunnel, scene));
}

/** Debian's daemon looks in one place; that of Guix itself has it in the store. */
function findMissingProgram({ program, hasProgram }: Tunnel): Hint | undefined {
  if (hasProgram) return undefined;
  return {
    meaning:
      'A build that downloads something itself comes to the network through slirp4netns, which is not there:',
    command: program.startsWith('/gnu/')
      ? 'guix-entry-point guix gc --verify=contents,repair'
      : 'apt-get install slirp4netns',
  };
}

function findMissingDevice({ deviceError }: Tunnel, { container }: Scene): Hint | undefined {
  if (deviceError === undefined) return undefined;
  const found = `A build that downloads something itself comes to the network through /dev/net/tun, which can't be opened (${deviceError}).`;
  const spelling = spellOptions(container, 'tunnel');
  return spelling === undefined
    ? { meaning: `${found} To make it, as root:`, command: 'modprobe tun' }
    : { meaning: `${found} Give it ${spelling.where}:`, command: spelling.command };
}
