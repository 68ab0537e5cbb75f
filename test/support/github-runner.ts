// GitHub's runner, as far as a composite action meets it: the expressions and conditions that
// action.yml has, outputs, the steps' shell, the runner's user, and actions/cache.
import {
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { parse } from 'yaml';
import { path } from 'zx';
import type { Engine } from '../../scripts/engine.ts';
import { type Outcome, runIn } from '../../scripts/machine.ts';
import { mapValues } from './github.ts';

type Strings = Readonly<Record<string, string>>;

export type Step = {
  readonly id?: string;
  readonly if?: string;
  readonly shell?: string;
  readonly env?: Strings;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Strings;
};

export type Action = {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};

/** A runner that a repository's jobs come to one after the other. */
export type Runner = {
  readonly engine: Engine;
  /** The repository of the action; none: that of the workflow. */
  readonly action: string;
  readonly workspace: string;
  /** Emptied before each job. */
  readonly temp: string;
  /** Where the caches are kept, each under its key. */
  readonly store: string;
  /** The keys of the caches, the latest last. */
  readonly caches: string[];
};

/** A job with the one step that uses the action. */
export type Job = {
  readonly failed: boolean;
  /** What its steps did, by their ids, or by the last words of their commands. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly outputs: Strings;
};

export const repository = path.join(import.meta.dirname, '../..');
export const action: Action = parse(readFileSync(path.join(repository, 'action.yml'), 'utf8'));

/** The number of the runner's user, who is in the group that may use the engine. */
export const runnerUser = 1001;

export function openRunner(engine: Engine, name: string, repositoryOfAction = ''): Runner {
  for (const file of ['action.yml', 'ci', 'image']) {
    cpSync(path.join(repository, file), engine.at(`/action/${file}`), { recursive: true });
  }
  const top = `/runner/${name}`;
  const runner = {
    engine,
    action: repositoryOfAction,
    workspace: `${top}/it's "a", b`,
    temp: `${top}/temp`,
    store: `${top}/caches`,
    caches: [],
  };
  makeDirectory(engine, runner.workspace);
  makeDirectory(engine, runner.store);
  return runner;
}

function makeDirectory(engine: Engine, directory: string): void {
  mkdirSync(engine.at(directory), { recursive: true });
  chownSync(engine.at(directory), runnerUser, runnerUser);
}

/** Runs a job; `env` is its environment. */
export async function runJob(runner: Runner, inputs: Strings, env: Strings = {}): Promise<Job> {
  rmSync(runner.engine.at(runner.temp), { recursive: true, force: true });
  makeDirectory(runner.engine, runner.temp);
  const values = new Map([
    ['runner.temp', runner.temp],
    ['github.repository', 'Owner/Name'],
    ['github.action_repository', runner.action],
  ]);
  for (const [name, input] of Object.entries(action.inputs)) {
    values.set(`inputs.${name}`, inputs[name] ?? input.default ?? '');
  }
  const outcomes: Record<string, Outcome> = {};
  let failed = false;
  for (const step of action.runs.steps) {
    if (!isDue(step, values, failed)) continue;
    const name = step.id ?? step.run?.split(' ').at(-1) ?? '';
    const file = `${runner.temp}/outputs-${name}`;
    if (step.run === undefined) {
      await useCache(runner, step, values);
    } else {
      writeFileSync(runner.engine.at(file), '');
      chownSync(runner.engine.at(file), runnerUser, runnerUser);
      const given = { ...env, ...fillAll(step.env, values), GITHUB_OUTPUT: file };
      const outcome = await runStep(runner, step.run, given);
      outcomes[name] = outcome;
      failed ||= outcome.status !== 0;
      const written = readFileSync(runner.engine.at(file), 'utf8');
      for (const [, output, , value = ''] of written.matchAll(/^(.+?)<<(.+)\n([^]*?)\n\2$/gm)) {
        values.set(`steps.${name}.outputs.${output}`, value);
      }
    }
  }
  const outputs = mapValues(action.outputs, ({ value }) => value);
  return { failed, outcomes, outputs: fillAll(outputs, values) };
}

type Values = Map<string, string>;

function isDue({ if: condition = '' }: Step, values: Values, failed: boolean): boolean {
  const terms = condition.split(' && ');
  return (!failed || terms.includes('always()')) && terms.every((term) => isTrue(term, values));
}

/** `always()`, `NAME == 'TEXT'`, `NAME != NAME`, …; values may be `NAME || NAME`. */
function isTrue(term: string, values: Values): boolean {
  const [left = '', operator, right = ''] = term.split(' ');
  if (operator === undefined) return true;
  return (readOperand(left, values) === readOperand(right, values)) === (operator === '==');
}

function readOperand(operand: string, values: Values): string {
  return operand.startsWith("'") ? operand.slice(1, -1) : (values.get(operand) ?? '');
}

function fillAll(texts: Strings = {}, values: Values): Strings {
  const fill = (text: string): string =>
    text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, operands: string) =>
      operands.split(' || ').reduce((found, operand) => found || readOperand(operand, values), ''),
    );
  return mapValues(texts, fill);
}

function runStep(runner: Runner, line: string, env: Strings): Promise<Outcome> {
  const script = `${runner.temp}/step.sh`;
  writeFileSync(runner.engine.at(script), line);
  return runAsUser(runner, ['bash', '--noprofile', '--norc', '-eo', 'pipefail', script], {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION_PATH: '/action',
    GITHUB_WORKSPACE: runner.workspace,
    RUNNER_TEMP: runner.temp,
    ...env,
  });
}

function runAsUser(
  { engine, workspace, temp }: Runner,
  words: readonly string[],
  env: Strings = {},
): Promise<Outcome> {
  const group = statSync(engine.at('/run/docker.sock')).gid;
  const user = [`--reuid=${runnerUser}`, `--regid=${runnerUser}`, `--groups=${group}`];
  const options = { cwd: workspace, env: { ...env, HOME: temp } };
  return runIn(engine, ['setpriv', ...user, ...words], options);
}

/** actions/cache: of what begins with a key, the latest is restored. */
async function useCache(runner: Runner, { id, uses = '', ...step }: Step, values: Values) {
  const { key = '', path: place = '', 'restore-keys': others = '' } = fillAll(step.with, values);
  if (uses.startsWith('actions/cache/save@')) {
    await copy(runner, place, `${runner.store}/${key}`);
    runner.caches.push(key);
  } else {
    const prefixes = [key, ...others.split('\n')].filter((prefix) => prefix !== '');
    const [found] = prefixes.flatMap(
      (prefix) => runner.caches.findLast((cache) => cache.startsWith(prefix)) ?? [],
    );
    if (found === undefined) return;
    await copy(runner, `${runner.store}/${found}`, place);
    values.set(`steps.${id}.outputs.cache-matched-key`, found);
  }
}

async function copy(runner: Runner, from: string, to: string): Promise<void> {
  const words = ['cp', '--archive', '--no-target-directory', from, to];
  const { status, stderr } = await runAsUser(runner, words);
  if (status !== 0) throw new Error(stderr);
}
