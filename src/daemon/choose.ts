import { basename } from 'node:path';
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
 * The kind that is asked for; else that of the program or of the command, by their names; else the one
 * that is installed, Guix where both are.
 */
export function chooseDaemon(wish: Wish, environment: NodeJS.ProcessEnv, task?: Task): Chosen {
  const kind = wish.daemon === 'auto' ? guess(wish, environment, task) : kinds[wish.daemon];
  return { kind, socket: wish.daemonSocket ?? kind.findSocket(environment) };
}

function guess({ daemonProgram }: Wish, environment: NodeJS.ProcessEnv, task?: Task): Kind {
  const named = [guix, nix].find(({ program }) => program === basename(daemonProgram ?? ''));
  if (named !== undefined) return named;
  const command = task?.is === 'command' ? basename(task.command[0] ?? '') : '';
  if (guix.clients.test(command)) return guix;
  const order = nix.clients.test(command) ? [nix, guix] : [guix, nix];
  return order.find((kind) => findInstalled(kind, environment) !== undefined) ?? guix;
}
