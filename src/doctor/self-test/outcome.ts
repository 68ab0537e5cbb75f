import type { NetConnectOpts } from 'node:net';
import { guix } from '../../daemon/guix.ts';
import { Refusal } from '../../daemon/worker-protocol.ts';
import { renderSystemError } from '../../errors/system.ts';
import { now } from '../../processes/clock.ts';
import type { Machine } from '../check.ts';
import { removeTraces } from './traces.ts';
import { build, type Made, remove } from './trial.ts';

/** What became of a build: how long it took, or what the daemon said; and what is left of it. */
export type Outcome = {
  readonly milliseconds: number;
  /** Empty: it worked. */
  readonly words: readonly string[];
  /** Why what it made in the store could not be taken away; nothing where it was. */
  readonly left?: string;
};

/** How long each build may take; one takes a tenth of a second. */
const buildTakes = 5000; // ms
/** To take away what was made; in a large store there is much to look at. */
const removalTakes = 60_000; // ms

/** Has the daemon there build something, and takes away what came of it. */
export async function tryBuild(
  address: NetConnectOpts,
  {
    system,
    file,
    machine,
  }: { readonly system: string; readonly file: Buffer; readonly machine: Machine },
): Promise<Outcome> {
  const made: Made = { items: [], derivation: undefined, output: undefined };
  const startedAt = now();
  const heard: string[] = [];
  const enough = AbortSignal.timeout(buildTakes);
  const signal = AbortSignal.any([machine.signal, enough]);
  const trial = { store: guix.store, system, program: file, signal, made };
  const failure = await findError(() =>
    build(address, { ...trial, heard: (text) => void heard.push(text) }),
  );
  const milliseconds = now() - startedAt;
  machine.signal.throwIfAborted();
  const left = await findError(() =>
    remove(address, made.items, AbortSignal.timeout(removalTakes)),
  );
  removeTraces(made, guix.logDirectory(machine.environment));
  const words = failure === undefined ? [] : toWords(heard, enough.aborted ? tooSlow : failure);
  return { milliseconds, words, ...(left !== undefined && { left }) };
}

const tooSlow = `it takes longer than ${buildTakes / 1000} s`;

/** What it was said to fail by; what isn't the daemon's to say is a bug. */
async function findError(attempt: () => Promise<void>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error instanceof Refusal ? error.message : renderSystemError(error);
  }
}

/** The lines that tell why; the last, that the build failed, says nothing where there are others. */
function toWords(heard: readonly string[], failure: string): readonly string[] {
  const lines = heard.flatMap((text) => text.split('\n')).map((line) => line.trim());
  const telling = lines.filter((line) => line !== '' && !/^(@ |building path\(s\) )/.test(line));
  return telling.length > 0 && /^build of .* failed$/.test(failure)
    ? telling
    : [...telling, ...failure.split('\n').filter(Boolean)];
}
