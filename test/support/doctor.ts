import { expect } from 'vitest';
import type { World } from '../../scripts/world.ts';
import type { StartOptions } from '../../scripts/machine.ts';
import { daemon, entryPoint, expectNothingSurvives, list, runIn } from './real.ts';

/** A finding as `--json` has it. */
type Finding = {
  readonly check: string;
  readonly state: string;
  readonly text: string;
  readonly meaning: string | null;
  readonly command: string | null;
  readonly fixed: boolean | null;
};

type Wish = StartOptions & {
  /** What executes it: with less privileges, for one. */
  readonly by?: readonly string[];
  /** What builds is root's, who examines is not, and can't remove the logs. */
  readonly leavesLogs?: boolean;
};

/** Examines a world; nothing of that survives, and nothing of it stays in the store. */
export async function examine(
  world: World,
  words: readonly string[],
  { by = [], leavesLogs = false, ...options }: Wish = {},
): Promise<{ readonly status: number | null; readonly findings: readonly Finding[] }> {
  const before = listMade(world);
  const command = [...by, entryPoint, 'doctor', '--json', ...words];
  const { status, stdout, stderr } = await runIn(world, command, options);
  expect(stderr).toBe('');
  const findings = stdout.split('\n').slice(0, -1);
  if (leavesLogs) await prepare(world, `rm -r ${daemon.logDirectory}/drvs/*`);
  expectNothingOfOurs(world, before);
  return { status, findings: findings.map((line): Finding => JSON.parse(line)) };
}

/** Proves that the self-test has taken away what it made, its logs included. */
export function expectNothingOfOurs(world: World, before: readonly string[] = []): void {
  expect(listMade(world).filter((name) => !before.includes(name))).toEqual([]);
}

/** What is in the store, and the logs of builds. */
function listMade(world: World): readonly string[] {
  const items = list(world, daemon.kind.store).filter((name) => !name.startsWith('.'));
  const directories = list(world, `${daemon.logDirectory}/drvs`);
  const logs = directories.flatMap((directory) => [
    directory,
    ...list(world, `${daemon.logDirectory}/drvs/${directory}`),
  ]);
  return [...items, ...logs];
}

/** The same of a world in which nothing else runs. */
export async function examineAlone(
  ...given: Parameters<typeof examine>
): ReturnType<typeof examine> {
  const outcome = await examine(...given);
  expectNothingSurvives(given[0]);
  return outcome;
}

/** Runs lines of shell as root, which must succeed. */
export async function prepare(world: World, script: string): Promise<void> {
  expect(await runIn(world, ['sh', '-ec', script])).toMatchObject({ status: 0 });
}

/** What executes a command as an ordinary user. */
export const asUser = [
  ...['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'],
  ...['env', 'HOME=/tmp'],
] as const;

/** A finding of which there is nothing to say. */
export function fine(check: string, text: unknown): Finding {
  return { check, state: 'fine', text: String(text), meaning: null, command: null, fixed: null };
}
