import { locate, quoteString } from '../scheme/datum.ts';
import type { Ending } from '../../processes/ending.ts';
import { EntryPointError } from '../../errors/failure.ts';
import { isFull, renderSystemError } from '../../errors/system.ts';
import type { Phase, Step } from '../builder/step.ts';
import { actions } from './actions.ts';
import { invoke } from './invoke.ts';
import type { Log } from './log.ts';
import type { Room } from './room.ts';

/** A build's phase could not be done; its message is the last line of the log. */
export class PhaseFailure extends Error {
  readonly phase: string;
  /** The program that failed, if it was one. */
  readonly command: { readonly words: readonly string[]; readonly ending: Ending } | undefined;

  constructor(phase: string, message: string, command?: PhaseFailure['command']) {
    super(message);
    this.phase = phase;
    this.command = command;
  }
}

type Way = {
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told of each phase before it begins, with the steps that it has. */
  readonly tell: (phase: Phase) => void;
};

/** Does all that a build consists of, phase by phase, step by step. */
export async function perform(phases: readonly Phase[], room: Room, way: Way): Promise<void> {
  for (const phase of phases) {
    way.signal.throwIfAborted();
    way.tell(phase);
    const { name, steps } = phase;
    await way.log.tellPhase(name, async () => {
      for (const step of steps) await performStep(step, room, { phase: name, ...way });
    });
  }
}

async function performStep(
  { action, words, at }: Step,
  room: Room,
  { phase, log, signal }: Way & { readonly phase: string },
): Promise<void> {
  signal.throwIfAborted();
  try {
    if (action === 'unpack') {
      // What reads archives is loaded for who has some.
      const { unpackSource } = await import('./unpack.ts');
      return await unpackSource(room, words[0] ?? '', signal);
    }
    if (action !== 'invoke') return await actions[action](room, words, signal);
    const ending = await invoke(room, words, { log, signal });
    if (ending.by === 'exit' && ending.status === 0) return;
    const said = ending.by === 'exit' ? `status ${ending.status}` : `signal ${ending.signal}`;
    const command = words.map(quoteString).join(' ');
    throw new PhaseFailure(phase, `command ${command} failed with ${said}`, { words, ending });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PhaseFailure || error instanceof EntryPointError) throw error;
    // That is not of the build.
    if (isFull(error)) throw error;
    const { file, line, column } = locate(at);
    const call = `(${[action, ...words.map(quoteString)].join(' ')})`;
    const reason = renderSystemError(error);
    throw new PhaseFailure(phase, `${file}:${line}:${column}: ${call}: ${reason}`);
  }
}
