import { promisify } from 'node:util';
import { splitVariable } from '../processes/surroundings.ts';

/** A command's environment: names and values, none of them unset. */
export type Environment = Readonly<Record<string, string>>;

type Place = {
  /** The file that the script stands in. */
  readonly script: string;
  /** What `GUIX_PROFILE` is while it runs. */
  readonly profile: string;
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
    const expanded = expand(value, { ...environment, GUIX_PROFILE: place.profile });
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

async function runByShell({ script, profile, environment, signal }: Place): Promise<Environment> {
  const { execFile } = await import('node:child_process');
  // What the script prints is not ours to interpret, and not the command's output either.
  const { stdout } = await promisify(execFile)(
    '/bin/sh',
    ['-c', '. "$0" >&2 && exec env -0', script],
    { env: { ...environment, GUIX_PROFILE: profile }, signal, timeout: scriptTakes },
  );
  const entries = stdout.split('\0').filter(Boolean).map(splitVariable);
  const added = Object.fromEntries(entries.filter(([name]) => !ours.has(name)));
  const { GUIX_PROFILE } = environment;
  return GUIX_PROFILE === undefined ? added : { ...added, GUIX_PROFILE };
}

/** How long a shell may take for a profile's script; it takes 2 ms. */
const scriptTakes = 10_000; // ms

/** What the shell and `env` set on their own account, and what we set for them. */
const ours = new Set(['_', 'PWD', 'OLDPWD', 'SHLVL', 'GUIX_PROFILE']);
