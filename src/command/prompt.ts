import { closeSync, readlinkSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import type { Kind } from '../daemon/kind.ts';
import { renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import { makeDirectory } from '../files/directory.ts';
import { ignoreSignal } from '../processes/libc.ts';
import { loadNet } from '../processes/net.ts';
import { nameDescriptor, offerText, openPipe } from '../processes/pipes.ts';
import type { Options } from '../options/options.ts';
import type { Ending } from '../processes/ending.ts';
import type { Invocation } from './invocation.ts';
import { findOnPath } from '../processes/path.ts';
import { findProgram } from './program.ts';
import { type PromptPlan, renderBashScript, renderShellScript } from './prompt-script.ts';
import { runCommand, type Surroundings } from './run.ts';

type Wish = {
  /** Whose daemon it is under. */
  readonly kind: Pick<Kind, 'client' | 'completions'>;
  readonly trace: Options['trace'];
  /** Deals with a line that failed in that directory, with that status; the next prompt comes afterwards. */
  readonly onFailure: (directory: string, status: number) => Promise<void>;
};

/**
 * Runs an interactive shell as a prompt, bash if there is one: state, line editing, history,
 * completion and job control are its own. It tells us of each line that failed, through pipes that it
 * opens by their names in `/proc`: no descriptor of ours gets into what is started there.
 */
export async function runPrompt(surroundings: Surroundings, wish: Wish): Promise<Ending> {
  // Between its lines the terminal is the shell's: with 'stty tostop', to write there would stop us.
  ignoreSignal(constants.signals.SIGTTOU);
  using conversation = openConversation(wish, surroundings.report);
  const { client, completions } = wish.kind;
  const plan = { ...conversation.names, client, completions, trace: wish.trace !== 'off' };
  const ending = await runCommand(planShell(plan, surroundings), surroundings);
  return surroundings.signals.hungUp ? { by: 'signal', signal: constants.signals.SIGTERM } : ending;
}

function planShell(
  plan: Omit<PromptPlan, 'history'>,
  { environment, report }: Surroundings,
): Invocation {
  const common = { variables: {}, told: undefined, isPrompt: true };
  const bash = findOnPath('bash', environment['PATH']);
  if (bash !== undefined) {
    const script = renderBashScript({ ...plan, history: prepareHistory(environment, report) });
    return {
      ...common,
      file: bash,
      program: bash,
      arguments: ['bash', '--rcfile', offerText(script), '-i'],
    };
  }
  const { file } = findProgram('sh', environment['PATH']);
  const script = renderShellScript(
    { ...plan, history: undefined },
    environment['ENV'] || undefined,
  );
  return {
    ...common,
    file,
    program: file,
    arguments: ['sh', '-i'],
    variables: { ENV: offerText(script) },
  };
}

type Conversation = Disposable & {
  readonly names: { readonly statuses: string; readonly answers: string };
};

function openConversation({ onFailure }: Wish, report: Report): Conversation {
  const [statuses, answers] = [openPipe(), openPipe()];
  const { Socket } = loadNet();
  const socket = new Socket({ fd: statuses.readEnd, readable: true, writable: false });
  socket.setEncoding('utf8').on('data', (text: string) => {
    // One after the other: ^C makes a shell ask again before it has been answered.
    for (const line of text.trimEnd().split('\n')) answered = answered.then(() => answer(line));
  });
  let answered = Promise.resolve();
  async function answer(line: string): Promise<void> {
    const [status = Number.NaN, shell = 0, request = 0] = line.split(' ').map(Number);
    // Anybody can write there.
    if (!Number.isInteger(status)) return;
    report({ event: 'line-failed', status });
    await onFailure(findDirectory(shell), status);
    writeSync(answers.writeEnd, `${request}\n`);
  }
  return {
    names: {
      statuses: nameDescriptor(statuses.writeEnd),
      answers: nameDescriptor(answers.readEnd),
    },
    [Symbol.dispose]() {
      socket.destroy();
      for (const end of [statuses.writeEnd, answers.readEnd, answers.writeEnd]) closeSync(end);
    },
  };
}

/** The XDG Base Directory Specification's place for histories. */
function prepareHistory(
  environment: Readonly<Record<string, string>>,
  report: Report,
): string | undefined {
  const state = environment['XDG_STATE_HOME'] || join(environment['HOME'] || '/', '.local/state');
  const file = join(state, 'guix-entry-point/history');
  try {
    makeDirectory(dirname(file), 0o700);
    return file;
  } catch (error) {
    report({ event: 'history-lost', file, reason: renderSystemError(error) });
    return undefined;
  }
}

/** Where a shell is by now. */
function findDirectory(shell: number): string {
  try {
    const directory = readlinkSync(`/proc/${shell}/cwd`);
    return directory === process.cwd() ? '.' : directory;
  } catch {
    return '.';
  }
}
