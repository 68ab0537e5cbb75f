import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import { errorCode } from '../../errors/system.ts';
import { spellOptions } from '../../machine/container.ts';
import { hasBuilderSpoken, type Scene } from '../scene.ts';
import { findNetworkWords } from './network.ts';

/**
 * Since June 2025 an isolated build whose result is known beforehand comes to the network through
 * slirp4netns and /dev/net/tun, except those that the daemon itself does, as the usual downloads.
 */
export function findMissingTunnel(scene: Scene): Hint | undefined {
  const { daemonArguments = [], failed } = scene;
  if (daemonArguments.includes('--disable-chroot')) return undefined;
  if (hasBuilderSpoken(scene) && findNetworkWords(scene) === undefined) return undefined;
  if (!failed.some(({ derivation }) => usesTunnel(derivation))) return undefined;
  return findMissingProgram(scene) ?? findMissingDevice(scene);
}

/** Debian's daemon looks in one place; that of Guix itself has it in the store. */
function findMissingProgram({ daemonProgram = '', store }: Scene): Hint | undefined {
  if (daemonProgram.startsWith(store) || existsSync('/usr/bin/slirp4netns')) return undefined;
  return {
    meaning:
      'A build that downloads something itself comes to the network through slirp4netns, which is not there:',
    command: 'apt-get install slirp4netns',
  };
}

function findMissingDevice({ container }: Scene): Hint | undefined {
  const error = tryToOpen('/dev/net/tun');
  if (error === undefined) return undefined;
  const found = `A build that downloads something itself comes to the network through /dev/net/tun, which can't be opened (${error}).`;
  const spelling = spellOptions(container, 'tunnel');
  return spelling === undefined
    ? { meaning: `${found} To make it, as root:`, command: 'modprobe tun' }
    : { meaning: `${found} Give it ${spelling.where}:`, command: spelling.command };
}

function tryToOpen(file: string): string | undefined {
  try {
    closeSync(openSync(file, 'r+'));
    return undefined;
  } catch (error) {
    return String(errorCode(error));
  }
}

/** An ATerm: `Derive([("out","/gnu/store/…","r:sha256","…")],…,"x86_64-linux","builtin:download",…`. */
function usesTunnel(derivation: string): boolean {
  const text = readFileSync(derivation, 'latin1');
  return /^Derive\(\[\("out","[^"]*","[^"]+"/.test(text) && !/\],"[^"]*","builtin:/.test(text);
}
