import { locateDaemon } from '../daemon/locate.ts';
import { EntryPointError } from '../errors/failure.ts';
import type { Machine } from './check.ts';

/** Whether root's daemon is what would be started here, rather than an ordinary user's. */
export function isRootsDaemon({ options: { daemonUser } }: Machine): boolean {
  return process.geteuid?.() === 0 && [undefined, 'root', '0'].includes(daemonUser);
}

/** Whether builds are meant to be isolated. */
export function wantsIsolation({ kind, environment, options }: Machine): boolean {
  const { chroot, daemonOptions } = options;
  const { isolation } = kind;
  if (chroot === 'off' || isolation.isOff(daemonOptions)) return false;
  return chroot === 'on' || isolation.readSetting({ environment, daemonOptions }) !== 'off';
}

/** The program of the daemon that would be started; that it isn't there is told by another check. */
export function findDaemonProgram({ kind, environment, options }: Machine): string | undefined {
  try {
    return locateDaemon({ kind, named: options.daemonProgram, environment });
  } catch (error) {
    if (error instanceof EntryPointError) return undefined;
    throw error;
  }
}
