import { type Outcome, runIn, type StartOptions } from '../../scripts/machine.ts';
import type { World } from '../../scripts/world.ts';
import { entryPoint, expect, run } from './real.ts';

/** Where the command finds its cache; a tmpfs, as it is meant to be. */
export const staged = '/stage/cache';
/** The home cache, on the file system of the world. */
export const home = '/root/.cache';
/** The end of what is ours beside a home cache, and what is ours in a staging directory. */
export const ours = '.guix-entry-point-cache';
export const oursStaged = '.guix-entry-point-staged';

export const env = { XDG_CACHE_HOME: staged };

/** Runs commands of the shell in the world; they must succeed. */
export async function sh(world: World, commands: string, options?: StartOptions): Promise<string> {
  const { status, stdout, stderr } = await runIn(world, ['sh', '-euc', commands], options);
  expect(status, stderr).toBe(0);
  return stdout;
}

/** Mounts the file system of the staging directory. */
export function mountStage(world: World, options = 'size=100m'): Promise<string> {
  return sh(world, `mkdir -p /stage && mount -t tmpfs -o ${options} stage /stage`);
}

/** A run with a staging directory; the servers are of no interest. */
export function runStaged(
  world: World,
  commands: string,
  options: StartOptions & { readonly words?: readonly string[] } = {},
): Promise<Outcome> {
  const { words = [], ...rest } = options;
  const all = ['--substitutes=off', '--trace=off', ...words, 'sh', '-euc', commands];
  return run(world, all, { ...rest, env: { ...env, ...rest.env } });
}

export { entryPoint };

/**
 * All that copying keeps of a tree, as lines: names, kinds, modes, owners, sizes, times, targets,
 * contents, and which names are one file; not how many links files have elsewhere, nor the times of
 * directories.
 */
export async function describeTree(world: World, directory: string): Promise<string> {
  const fields = `%p|%y|%m|%U:%G|%l`;
  const prune = `'(' -path ./${ours} -o -path ./${oursStaged} ')' -prune -o`;
  const script = `cd ${directory}
    find . -mindepth 1 ${prune} -type d -printf '${fields}\\n' -o -printf '${fields}|%s|%T@\\n'
    find . ${prune} -type f -print0 | xargs -0 -r md5sum
    find . ${prune} -type f -links +1 -printf '%i %p\\n' | LC_ALL=C sort -k 2 | awk '{ if ($1 in first) print first[$1], $2; else first[$1] = $2 }'`;
  return sh(world, `(${script}) | LC_ALL=C sort`);
}
