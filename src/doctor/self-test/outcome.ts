import type { NetConnectOpts } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { toPlainLine } from '../../build-logs/plain.ts';
import { Refusal } from '../../daemon/worker-protocol.ts';
import { renderSystemError } from '../../errors/system.ts';
import { now } from '../../processes/clock.ts';
import type { Machine } from '../check.ts';
import { type Plan, planBuild } from './plan.ts';
import { removeTraces } from './traces.ts';
import { build, remove } from './trial.ts';

/** What became of a build. */
export type Outcome =
  | {
      readonly is: 'worked';
      readonly milliseconds: number;
      /** Why what it made in the store could not be taken away; nothing where it was. */
      readonly left?: string;
    }
  /** In the daemon's words, or in the system's; never none. */
  | { readonly is: 'failed'; readonly words: readonly string[] };

/** How long each build may take; one takes a tenth of a second. */
const buildTakes = 5000; // ms
/** To take away what was made; in a large store there is much to look at. */
const removalTakes = 60_000; // ms
/** A session holds on to its items until it has noticed that we are gone. */
const noticingTakes = 2000; // ms
const removeEvery = 20; // ms

/** Has the daemon there build something, and takes away what came of it, also when it is called off. */
export async function tryBuild(
  address: NetConnectOpts,
  {
    system,
    file,
    machine,
  }: { readonly system: string; readonly file: Buffer; readonly machine: Machine },
): Promise<Outcome> {
  const plan = planBuild({ store: machine.kind.store, system, file });
  const startedAt = now();
  const lines: string[] = [];
  const enough = AbortSignal.timeout(buildTakes);
  const signal = AbortSignal.any([machine.signal, enough]);
  const heard = (text: string): void => void lines.push(...text.split('\n'));
  const failure = await findError(() => build(address, plan, { signal, heard }));
  const milliseconds = now() - startedAt;
  const left = await takeAway(address, plan, { isCalledOff: signal.aborted });
  removeTraces(plan, machine.kind.logDirectory(machine.environment));
  machine.signal.throwIfAborted();
  if (failure !== undefined) {
    return { is: 'failed', words: toWords(lines, enough.aborted ? tooSlow : failure) };
  }
  return { is: 'worked', milliseconds, ...(left !== undefined && { left }) };
}

/** Why that can't be done; nothing where it is. */
async function takeAway(
  address: NetConnectOpts,
  plan: Plan,
  { isCalledOff }: { readonly isCalledOff: boolean },
): Promise<string | undefined> {
  const last = now() + noticingTakes;
  for (;;) {
    const left = await findError(() => remove(address, plan, AbortSignal.timeout(removalTakes)));
    if (left === undefined || now() >= last) return left;
    if (!isCalledOff && !/ still alive/.test(left)) return left;
    await delay(removeEvery);
  }
}

const tooSlow = `it takes longer than ${buildTakes / 1000} s`;

/** What it was said to fail by; what isn't the daemon's to say is a bug. */
async function findError(attempt: () => Promise<void>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    const words = error instanceof Refusal ? error.message : renderSystemError(error);
    return words.trim() === '' ? 'it does not say why' : words;
  }
}

/** The lines that tell why; the last, that the build failed, says nothing where there are others. */
function toWords(heard: readonly string[], failure: string): readonly string[] {
  const telling = heard
    .map((line) => toPlainLine(line).trim())
    .filter(
      (line) => line !== '' && !/^(@ |building (path\(s\) |')|error \(ignored\): )/.test(line),
    );
  return telling.length > 0 && /^build of .* failed$/.test(failure)
    ? telling
    : [...telling, ...failure.split('\n').map(toPlainLine).filter(Boolean)];
}
