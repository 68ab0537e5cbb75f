import { utimesSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Outcome } from '../../scripts/machine.ts';
import type { World } from '../../scripts/world.ts';
import { daemon, list, run } from './real.ts';

/** The daemon's tree of logs. */
export const drvs = `${daemon.logDirectory}/drvs`;
/** The log of broken.scm. */
export const text = 'checking for libfoo... no\nconfigure: error: libfoo is missing\n';

/** The log of a package that has been built, as a path in the world. */
export function findLog(world: World, name: string): string {
  const found = list(world, drvs).flatMap((letters) =>
    list(world, join(drvs, letters)).map((rest) => join(drvs, letters, rest)),
  );
  const log = found.find((path) => path.includes(`-${name}.drv`));
  if (log === undefined) throw new Error(`${name} has no log`);
  return log;
}

/** Its derivation, as a path in the world. */
export function findDerivation(world: World, name: string): string {
  const log = findLog(world, name);
  const [letters = '', rest = ''] = relative(drvs, log).split('/');
  return join(daemon.kind.store, letters + basename(rest, daemon.logEnding));
}

/** Lets a log be older than all others. */
function age(world: World, name: string): void {
  const then = Date.UTC(2020, 0, 2, 3, 4) / 1000;
  utimesSync(world.at(findLog(world, name)), then, then);
}

/** A package whose builder is a line of shell; builds it. */
export async function build(world: World, name: string, script: string): Promise<void> {
  await run(world, ['--logs=none', ...daemon.buildEach([{ name, script }])]);
}

/** A failed build, a success, and an older failed build of another name. */
export async function buildThree(world: World): Promise<void> {
  await build(world, 'other-0.9', 'echo other; exit 1');
  await run(world, ['--logs=none', ...daemon.build('hello')]);
  await run(world, ['--logs=none', ...daemon.build('broken')]);
  age(world, 'other-0.9');
}

/** Runs the word `logs`. */
export function logs(world: World, ...words: readonly string[]): Promise<Outcome> {
  return run(world, ['logs', ...words]);
}

/** State and package of each line. */
export function readList({ stdout }: Outcome): string[] {
  return [...stdout.matchAll(/^(\S+)\s+\S+\s+\S+\s+(\S+)\s+\S+$/gm)].map(
    ([, state, name]) => `${state} ${name}`,
  );
}
