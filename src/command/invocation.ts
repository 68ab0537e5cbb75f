import type { Options, Task } from '../options/options.ts';
import { exitStatus } from '../processes/ending.ts';
import { offerText } from '../processes/pipes.ts';
import { spawnProgram } from '../processes/spawn.ts';
import { findOnPath } from '../processes/path.ts';
import { findProgram, type Program } from './program.ts';
import { findShell, type ShellCall } from './shebang.ts';

/** What is executed for a task. */
export type Invocation = {
  readonly file: string;
  /** The program that the system loads for it: itself, or a script's interpreter. */
  readonly program: string;
  /** With the name that it is called by as the first. */
  readonly arguments: readonly string[];
  /** Added to its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** The words that are traced; `undefined` where the shell that is started traces for itself. */
  readonly told: readonly string[] | undefined;
  /** It is an interactive shell. */
  readonly isPrompt: boolean;
};

type Circumstances = {
  readonly trace: Options['trace'];
  readonly environment: Environment;
};

type Environment = Readonly<Record<string, string>>;

/** Finds what to execute for a task; what can't be executed is refused here. */
export async function planInvocation(
  task: Task,
  circumstances: Circumstances,
): Promise<Invocation> {
  if (task.is === 'command') return planCommand(task.command, circumstances);
  const shell = await findStrictShell(circumstances.environment);
  const strict = circumstances.trace === 'off' ? shell.strict : ['-x', ...shell.strict];
  const given = task.is === 'text' ? ['-c', task.text, ...task.arguments] : ['-s'];
  const words = [shell.name, ...shell.first, ...strict, ...given];
  return {
    file: shell.file,
    program: shell.file,
    arguments: words,
    variables: {},
    told: undefined,
    isPrompt: false,
  };
}

function planCommand(
  command: readonly string[],
  { environment, trace }: Circumstances,
): Invocation {
  const [name = '', ...given] = command;
  const program = findProgram(name, environment['PATH']);
  const told = trace === 'off' ? undefined : command;
  const plain = {
    file: program.file,
    program: findInterpreter(program),
    arguments: command,
    variables: {},
    told,
    isPrompt: false,
  };
  const call = findShellCall(program);
  if (call === undefined) return plain;
  // That a program on PATH happens to be a script is its own business.
  const isNamedAsFile = name.includes('/');
  const traced = trace === 'scripts' && isNamedAsFile ? traceShell(call, environment) : untraced;
  if (program.is === 'script' && traced.options.length === 0) {
    return { ...plain, variables: traced.variables };
  }
  const words = call.words.toSpliced(call.optionsAt, 0, ...traced.options);
  const [file = ''] = words;
  return {
    ...plain,
    file,
    arguments: [...words, program.file, ...given],
    variables: traced.variables,
  };
}

function findInterpreter(program: Program): string {
  if (program.is === 'script') return program.shebang.interpreter;
  return program.is === 'bare script' ? '/bin/sh' : program.file;
}

function findShellCall(program: Program): ShellCall | undefined {
  if (program.is === 'script') return findShell(program.shebang);
  // As execvp(3) does it.
  const sh = { shell: 'sh', words: ['/bin/sh'], options: [], optionsAt: 1 };
  return program.is === 'bare script' ? sh : undefined;
}

type Tracing = Pick<Invocation, 'variables'> & { readonly options: readonly string[] };

const untraced: Tracing = { variables: {}, options: [] };

/**
 * Makes a shell trace its commands as `set -x` does, and changes nothing else in what they do.
 *
 * The trace of `-x` goes wherever a script sends its stderr, into its variables and files as well.
 * bash can write it elsewhere: it reads `BASH_ENV` before the script, and there the trace gets a
 * descriptor of its own. Where that is spoken for, or wouldn't be read, and in other shells it is `-x`.
 */
function traceShell(
  { shell, options }: Pick<ShellCall, 'shell' | 'options'>,
  environment: Environment,
): Tracing {
  const spokenFor = ['BASH_ENV', 'BASH_XTRACEFD', 'POSIXLY_CORRECT'].some(
    (name) => name in environment,
  );
  const reads = shell === 'bash' && options.every((option) => /^-[efuvxhC]+$/.test(option));
  if (!reads || spokenFor) return { variables: {}, options: ['-x'] };
  return { variables: { BASH_ENV: offerText(tracing) }, options: [] };
}

/** Scripts take their own descriptors from below, and bash its own from above. */
const tracing = `unset BASH_ENV
{ exec 250>&3; } 3>&2 2>/dev/null && BASH_XTRACEFD=250
set -x
`;

type StrictShell = {
  readonly name: string;
  readonly file: string;
  /** The options that come before all others. */
  readonly first: readonly string[];
  /** Those that make it stop at the first failure. */
  readonly strict: readonly string[];
};

/** bash if there is one, else the system's sh, of which not each knows `pipefail`. */
async function findStrictShell(environment: Environment): Promise<StrictShell> {
  const strict = ['-eu', '-o', 'pipefail'];
  const bash = findOnPath('bash', environment['PATH']);
  // A socket as stdin, as some CI runners have it, makes bash take us for rshd and read ~/.bashrc.
  if (bash !== undefined) return { name: 'bash', file: bash, first: ['--norc'], strict };
  const { file } = findProgram('sh', environment['PATH']);
  const trial = spawnProgram({
    file,
    arguments: ['sh', '-o', 'pipefail', '-c', ':'],
    environment,
    group: 'own',
    descriptors: [0, 1, 2].map((number) => [number, null] as const),
  });
  const knows = exitStatus(await trial.ended) === 0;
  return { name: 'sh', file, first: [], strict: knows ? strict : ['-eu'] };
}
