import { locateDaemon } from '../daemon/locate.ts';
import { findProfile } from '../environment/profile.ts';
import { EntryPointError } from '../errors/failure.ts';
import type { Machine } from './check.ts';

/** Whether root's daemon is what would be started here, rather than an ordinary user's. */
export function isRootsDaemon({ options: { daemonUser } }: Machine): boolean {
  return process.geteuid?.() === 0 && [undefined, 'root', '0'].includes(daemonUser);
}

/** Whether builds are meant to be isolated. */
export function wantsIsolation({ options: { chroot, daemonOptions } }: Machine): boolean {
  return chroot !== 'off' && !daemonOptions.includes('--disable-chroot');
}

/** The program of the daemon that would be started; that it isn't there is told by another check. */
export function findDaemonProgram({ given, environment, options }: Machine): string | undefined {
  try {
    const places = { profile: findProfile(given), path: environment['PATH'] };
    return locateDaemon({ named: options.daemonProgram, ...places });
  } catch (error) {
    if (error instanceof EntryPointError) return undefined;
    throw error;
  }
}
