import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { loadNet } from './net.ts';
import { openPipe } from './pipes.ts';
import { type Program, type Spawned, spawnProgram } from './spawn.ts';

/** A program that has been executed, and what it writes to stdout and stderr. */
export type Piped = Spawned & { readonly output: Socket };

/**
 * Executes a program that has nothing to read, and leads a session of its own. Of the pipe, it and what
 * it starts hold the only end to write to. Throws what keeps it from being executed.
 */
export function spawnPiped(program: Omit<Program, 'group' | 'descriptors'>): Piped {
  const { readEnd, writeEnd } = openPipe();
  try {
    const descriptors = [
      [0, null],
      [1, writeEnd],
      [2, writeEnd],
    ] as const;
    const spawned = spawnProgram({ ...program, group: 'own session', descriptors });
    const { Socket } = loadNet();
    return { ...spawned, output: new Socket({ fd: readEnd, readable: true, writable: false }) };
  } catch (error) {
    closeSync(readEnd);
    throw error;
  } finally {
    closeSync(writeEnd);
  }
}
