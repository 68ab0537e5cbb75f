import { constants } from 'node:fs';
import { encodeBytes } from './bytes.ts';
import { waitForEnding } from './children.ts';
import type { Ending } from './ending.ts';
import { markForExec } from './descriptors.ts';
import { callLibc, toSystemError } from './libc.ts';

/** A program that has been executed. */
export type Spawned = {
  readonly pid: number;
  readonly ended: Promise<Ending>;
};

export type Program = {
  /** Its file; PATH isn't looked at. */
  readonly file: string;
  /** With the name that it is called by as the first. */
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `undefined`: ours. */
  readonly directory?: string;
  /** Stays in our process group, leads one, or leads a session. */
  readonly group: 'ours' | 'own' | 'own session';
  /** What it finds open: its descriptor, and which of ours that is; `null` is /dev/null. */
  readonly descriptors: readonly (readonly [its: number, ours: number | null])[];
};

const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
const groupFlags = { ours: 0, own: POSIX_SPAWN_SETPGROUP, 'own session': POSIX_SPAWN_SETSID };

/** More than glibc's and musl's structures take (336 and 80 bytes, sets of signals 128). */
const structureSize = 1024;
const signalSetSize = 128;

/**
 * Executes a program, or throws the system's error. All signals are as they are by default: those
 * that Node ignores and blocks are its own business.
 */
export function spawnProgram(program: Program): Spawned {
  const pid = [0];
  const variables = Object.entries(program.environment).map(([name, value]) => `${name}=${value}`);
  // All of ours are closed on exec, but for these while it is executed.
  const kept = program.descriptors.filter(([its, ours]) => its === ours).map(([number]) => number);
  for (const number of kept) markForExec(number, 'open');
  const error = callLibc(
    'posix_spawn',
    pid,
    program.file,
    toFileActions(program),
    toAttributes(program),
    toStrings(program.arguments),
    toStrings(variables),
  );
  for (const number of kept) markForExec(number, 'closed');
  if (error !== 0) throw toSystemError(error, 'posix_spawn');
  const [number = 0] = pid;
  return { pid: number, ended: waitForEnding(number) };
}

function toFileActions({ directory, descriptors }: Program): Buffer {
  const actions = Buffer.alloc(structureSize);
  callLibc('posix_spawn_file_actions_init', actions);
  if (directory !== undefined) callLibc('posix_spawn_file_actions_addchdir_np', actions, directory);
  for (const [its, ours] of descriptors) {
    if (ours === null) {
      callLibc('posix_spawn_file_actions_addopen', actions, its, '/dev/null', constants.O_RDWR, 0);
    } else if (ours !== its) {
      callLibc('posix_spawn_file_actions_adddup2', actions, ours, its);
    }
  }
  return actions;
}

function toAttributes({ group }: Program): Buffer {
  const attributes = Buffer.alloc(structureSize);
  callLibc('posix_spawnattr_init', attributes);
  const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | groupFlags[group];
  callLibc('posix_spawnattr_setflags', attributes, flags);
  callLibc('posix_spawnattr_setsigdefault', attributes, Buffer.alloc(signalSetSize, 0xff));
  callLibc('posix_spawnattr_setsigmask', attributes, Buffer.alloc(signalSetSize, 0));
  callLibc('posix_spawnattr_setpgroup', attributes, 0);
  return attributes;
}

/** As C wants a list of texts: each ends with a zero, the list with a null. */
function toStrings(texts: readonly string[]): readonly (Buffer | null)[] {
  return [...texts.map((text) => encodeBytes(`${text}\0`)), null];
}
