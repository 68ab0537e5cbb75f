import { basename } from 'node:path';
import { EntryPointError } from '../errors/failure.ts';
import type { Options, Task } from '../options/options.ts';
import { guix } from './guix.ts';
import type { Kind } from './kind.ts';
import { findInstalled } from './locate.ts';
import { nix } from './nix.ts';

const kinds = { guix, nix } as const;

/** What daemon is meant, and where clients look for it. */
export type Chosen = { readonly kind: Kind; readonly socket: string };

type Wish = Pick<Options, 'daemon' | 'daemonProgram' | 'daemonSocket'>;

/**
 * The kind that is asked for; else that of the program, the command or the address; else the one that is
 * installed, Guix where both are.
 */
export function chooseDaemon(wish: Wish, environment: NodeJS.ProcessEnv, task?: Task): Chosen {
  const kind = wish.daemon === 'auto' ? guess(wish, environment, task) : kinds[wish.daemon];
  const socket = wish.daemonSocket ?? kind.findSocket(environment);
  if (kind.addresses.test(socket)) return { kind, socket };
  throw new EntryPointError({
    kind: 'bad-value',
    option: wish.daemonSocket === undefined ? kind.socketVariable : '--daemon-socket',
    value: socket,
    wanted: `an address that the clients of ${kind.title} know`,
  });
}

function guess(wish: Wish, environment: NodeJS.ProcessEnv, task?: Task): Kind {
  const named = [guix, nix].find(({ program }) => program === basename(wish.daemonProgram ?? ''));
  if (named !== undefined) return named;
  const command = task?.is === 'command' ? basename(task.command[0] ?? '') : '';
  if (guix.clients.test(command)) return guix;
  const isNixes = nix.clients.test(command);
  if (!isNixes && isGuixesAddress(wish, environment)) return guix;
  const order = isNixes ? [nix, guix] : [guix, nix];
  return order.find((kind) => findInstalled(kind, environment) !== undefined) ?? guix;
}

/** Whether who says where the daemon is means Guix's. */
function isGuixesAddress({ daemonSocket }: Wish, environment: NodeJS.ProcessEnv): boolean {
  if (daemonSocket === undefined) return Boolean(environment['GUIX_DAEMON_SOCKET']);
  return /^(?:guix:\/\/|\/var\/guix\/)/.test(daemonSocket);
}
