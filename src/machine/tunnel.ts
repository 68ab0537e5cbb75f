import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../errors/system.ts';

/** How an isolated build gets a network, which only one whose output is known by its hash has. */
export type Tunnel = {
  /** The program that makes it, as it is written in the daemon's. */
  readonly program: string;
  readonly hasProgram: boolean;
  /** Why the device can't be opened: `ENOENT`, `EACCES`; `undefined`: it can. */
  readonly deviceError: string | undefined;
};

const device = '/dev/net/tun';

/** What a daemon needs for it; `undefined`: a daemon from before June 2025 doesn't. */
export function findTunnel(daemonProgram: string): Tunnel | undefined {
  const program = findSlirp(daemonProgram);
  return program === undefined
    ? undefined
    : { program, hasProgram: existsSync(program), deviceError: tryDevice() };
}

/** Its place is compiled in. The daemon of a profile is a script that sets variables for the real one. */
function findSlirp(daemonProgram: string): string | undefined {
  const real = join(dirname(daemonProgram), '.guix-daemon-real');
  const bytes = readFileSync(existsSync(real) ? real : daemonProgram, 'latin1');
  return /\/[\w./+-]+\/slirp4netns(?=\0)/.exec(bytes)?.[0];
}

function tryDevice(): string | undefined {
  try {
    closeSync(openSync(device, 'r+'));
    return undefined;
  } catch (error) {
    return String(errorCode(error));
  }
}
