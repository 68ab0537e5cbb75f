import { readFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { daemon } from './daemons.ts';
import { list } from './real.ts';

/** `guix build` of Scheme expressions such as `(shell-build "a-1" "exit 1")`. */
export function buildExpressions(...expressions: readonly string[]): readonly string[] {
  return [
    ...['guix', 'build', '-L', '/fixtures/packages'],
    ...expressions.flatMap((expression) => [
      '-e',
      `(begin (use-modules (shell-build)) ${expression})`,
    ]),
  ];
}

/** The packages that a run has told of as failed, in that order. */
export function readFailed(stderr: string): string[] {
  return [...stderr.matchAll(/^\+ Failed build: ([^,\n]+)/gm)].map(([, name = '']) => name);
}

/** Their derivations, sorted. */
export function readFailedDerivations(stderr: string): string[] {
  return [...stderr.matchAll(/^\+ Failed build: .*\n\+ Its derivation: (\S+)$/gm)]
    .map(([, derivation = '']) => derivation)
    .toSorted();
}

/** The derivations whose builds failed by what the client told its user, sorted. */
export function readClientsWords(stderr: string): string[] {
  const named = [...stderr.matchAll(daemon.tellsFailure)];
  return [...new Set(named.flatMap(([, ...groups]) => groups.filter(Boolean)))].toSorted();
}

/** The texts of the logs that were left in a directory, by package. */
export function readLogs(world: World, directory = '/job'): Readonly<Record<string, string>> {
  const names = list(world, directory).filter((name) => /^[0-9a-z]{32}-.*\.drv/.test(name));
  return Object.fromEntries(
    names.map((name) => [
      name.slice(33).replace('.drv', ''),
      readFileSync(world.at(`${directory}/${name}`), 'utf8'),
    ]),
  );
}
