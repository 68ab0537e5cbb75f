import { promisify } from 'node:util';
import { splitVariable } from '../processes/surroundings.ts';

/** A command's environment: names and values, none of them unset. */
export type Environment = Readonly<Record<string, string>>;

type Place = {
  /** The file that the script stands in. */
  readonly script: string;
  /** A variable that names the profile while it runs. */
  readonly own: readonly [name: string, profile: string] | undefined;
  readonly environment: Environment;
  /** Calls it off. */
  readonly signal: AbortSignal;
};

/**
 * The environment after a profile's `etc/profile`. Guix generates that file (`build-etc/profile` in
 * guix/build/profiles.scm) as lines of one form, which are read here: a shell would cost more than
 * all the rest of our start-up. Should it hold anything else, a shell reads it.
 */
export async function runProfileScript(text: string, place: Place): Promise<Environment> {
  const statements = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  let environment = place.environment;
  for (const statement of statements) {
    const [, name, value] = /^export ([A-Z_]\w*)="([^"`\\]*)"$/i.exec(statement) ?? [];
    const expanded = expand(value, withOwn(environment, place));
    if (name === undefined || expanded === undefined) return runByShell(place);
    if (!isRepeated(expanded, environment[name]))
      environment = { ...environment, [name]: expanded };
  }
  return environment;
}

/** `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}`; `undefined` for every other expansion. */
function expand(text: string | undefined, variables: Environment): string | undefined {
  if (text?.replace(parameter, '').includes('$') !== false) return undefined;
  return text.replace(parameter, (...groups: readonly (string | undefined)[]) => {
    const [, plain, braced, operator, word = ''] = groups;
    const value = variables[plain ?? braced ?? ''] ?? '';
    if (operator === ':-') return value || word;
    if (operator === ':+') return value && word;
    return value;
  });
}

const parameter = /\$(?:(\w+)|\{(\w+)(?:(:[-+])([^{}$]*))?\})/g;

/** Whether all that is put before the current value stands in it already: a nested call. */
function isRepeated(expanded: string, current: string | undefined): boolean {
  if (!current || !expanded.endsWith(current)) return false;
  return `:${current}:`.includes(`:${expanded.slice(0, -current.length)}`);
}

async function runByShell(place: Place): Promise<Environment> {
  const { script, own, environment, signal } = place;
  const { execFile } = await import('node:child_process');
  // What the script prints is not ours to interpret, and not the command's output either.
  const { stdout } = await promisify(execFile)(
    '/bin/sh',
    ['-c', '. "$0" >&2 && exec env -0', script],
    { env: withOwn(environment, place), signal, timeout: scriptTakes },
  );
  const entries = stdout.split('\0').filter(Boolean).map(splitVariable);
  const [name = ''] = own ?? [];
  const added = Object.fromEntries(entries.filter(([one]) => !ours.has(one) && one !== name));
  const before = environment[name];
  return before === undefined ? added : { ...added, [name]: before };
}

function withOwn(environment: Environment, { own }: Place): Environment {
  return own === undefined ? environment : { ...environment, [own[0]]: own[1] };
}

/** How long a shell may take for a profile's script; it takes 2 ms. */
const scriptTakes = 10_000; // ms

/** What the shell and `env` set on their own account. */
const ours = new Set(['_', 'PWD', 'OLDPWD', 'SHLVL']);
