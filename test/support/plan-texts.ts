// Runs as a worker: plans what texts define, and tells what became of each.
import { parentPort, workerData } from 'node:worker_threads';
import { listPackages, readDefinitions } from '../../src/bootstrap/definitions/file.ts';
import { planBuilds } from '../../src/bootstrap/plan.ts';
import { readScheme } from '../../src/bootstrap/scheme/read.ts';
import { EntryPointError, type Failure } from '../../src/errors/failure.ts';
import { nowhere } from './bootstrap.ts';

/** Of a text, by its number; what isn't a failure of ours is a bug. */
export type Planned = {
  readonly index: number;
  readonly packages?: number;
  readonly failure?: Failure;
  readonly bug?: string;
};

function plan(bytes: Uint8Array): Omit<Planned, 'index'> {
  try {
    const data = readScheme('b.scm', Buffer.from(bytes));
    const definitions = readDefinitions(data, { file: 'b.scm', stage: 0, before: undefined });
    return { packages: planBuilds(listPackages(definitions), nowhere).length };
  } catch (error) {
    if (error instanceof EntryPointError) return { failure: error.failure };
    return { bug: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const texts: readonly Uint8Array[] = workerData;
for (const [index, bytes] of texts.entries()) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's has none
  parentPort?.postMessage({ index, ...plan(bytes) });
}
