import { EntryPointError } from '../errors/failure.ts';
import { errorCode, renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import { now } from '../processes/clock.ts';
import type { Ending } from '../processes/ending.ts';
import { giveBackCode } from '../processes/memory.ts';
import { hasControllingTerminal } from '../processes/proc.ts';
import { spawnProgram, type Spawned } from '../processes/spawn.ts';
import type { Invocation } from './invocation.ts';
import { endLeftovers, killAll, type Spare } from './leftovers.ts';
import type { Signals } from './signals.ts';

type Environment = Readonly<Record<string, string>>;

export type Surroundings = {
  readonly environment: Environment;
  /** Makes from it what a program is started with. */
  readonly fit: (environment: Environment, program: string) => Environment;
  /** Descriptors above stderr that the command gets, too. */
  readonly inherited: readonly number[];
  readonly spare: Spare;
  readonly signals: Signals;
  readonly report: Report;
};

/**
 * Runs the command with our own stdin, stdout and stderr, tells how it ended, and ends what it left.
 *
 * Without a controlling terminal it leads a process group of its own, and a signal for us goes to the
 * whole group, as a terminal would send it. With one it stays in our group, so that job control works.
 */
export async function runCommand(
  invocation: Invocation,
  { environment, fit, inherited, spare, signals, report }: Surroundings,
): Promise<Ending> {
  signals.calledOff.throwIfAborted();
  const ownGroup = !hasControllingTerminal();
  const fitting = fit(environment, invocation.program);
  const startedAt = now();
  report(
    invocation.told === undefined
      ? { event: 'shell-started', command: invocation.arguments }
      : { event: 'command-started', command: invocation.told },
  );
  const { pid, ended } = execute(invocation, { environment: fitting, inherited, ownGroup });
  // It costs a millisecond, which a command that is over soon doesn't have to pay.
  const idling = setTimeout(giveBackCode, 50);
  const receiver = { pid, ownGroup, isPrompt: invocation.isPrompt, kill: () => killAll(spare) };
  const ending = await signals.passTo(receiver, ended);
  clearTimeout(idling);
  report({ event: 'command-ended', ending, milliseconds: now() - startedAt });
  await endLeftovers(spare, report);
  return ending;
}

function execute(
  { file, arguments: given, variables }: Invocation,
  {
    environment,
    inherited,
    ownGroup,
  }: Pick<Surroundings, 'environment' | 'inherited'> & { readonly ownGroup: boolean },
): Spawned {
  try {
    return spawnProgram({
      file,
      arguments: given,
      environment: { ...environment, ...variables },
      group: ownGroup ? 'own' : 'ours',
      descriptors: [0, 1, 2, ...inherited].map((number) => [number, number] as const),
    });
  } catch (cause) {
    throw new EntryPointError(toFailure(file, cause), { cause });
  }
}

function toFailure(command: string, cause: unknown): EntryPointError['failure'] {
  // That it is there has been seen.
  return errorCode(cause) === 'ENOENT'
    ? { kind: 'loader-not-found', command }
    : { kind: 'command-not-executable', command, reason: renderSystemError(cause) };
}
