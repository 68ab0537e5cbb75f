import { statSync } from 'node:fs';
import type { Kind } from '../daemon/kind.ts';
import type { Hint } from '../errors/hint.ts';
import type { Container } from '../machine/container.ts';
import type { Evidence } from './evidence.ts';

export type Environment = Readonly<Record<string, string>>;

/** Where a run takes place. */
export type Place = {
  readonly kind: Kind;
  readonly environment: Environment;
  readonly container: Container;
  /** The directories that the daemon writes to: items, what it knows of them, build logs. */
  readonly store: string;
  readonly stateDirectory: string;
  readonly logDirectory: string;
};

/** All that a rule can look at, beside the machine itself as it is right after the failure. */
export type Scene = Place &
  Omit<Evidence, 'usesDaemon' | 'isInterrupted' | 'since' | 'usesGit'> & {
    /** When what failed began; none: it was a build. */
    readonly since?: number;
    /** The daemon didn't start, or refuses to work: nothing has been built yet. */
    readonly isDaemonDown?: boolean;
    readonly usesGit?: boolean;
  };

/** What a fault looks like. One that doesn't fit, or can't look, finds nothing. */
export type Rule = (scene: Scene) => Hint | undefined | Promise<Hint | undefined>;

/**
 * Whether a builder that failed has said why: then the machine is to be suspected only of what it said.
 */
export function hasBuilderSpoken({ failed }: Scene): boolean {
  return failed.some(({ lines }) => lines > 0);
}

/**
 * Whether there is evidence that something was to be built. Where it failed before it had a log, that
 * is what the daemon protects from garbage collection: a file for each session that adds to the store.
 */
export function hasTriedToBuild({ kind, environment, failed, since }: Scene): boolean {
  if (since === undefined || failed.length > 0) return true;
  const roots = statSync(kind.tempRoots(environment), { throwIfNoEntry: false });
  return roots !== undefined && roots.mtimeMs >= since;
}

/**
 * What a daemon of ours may do, and what is mounted for it, is what we see. Of somebody else's we know
 * only what it says.
 */
export function isDaemonOurs({ daemonArguments }: Scene): boolean {
  return daemonArguments !== undefined;
}

/** The first of the lines that has it. */
export function findWords(lines: readonly string[], pattern: RegExp): RegExpExecArray | undefined {
  for (const line of lines) {
    const found = pattern.exec(line);
    if (found !== null) return found;
  }
  return undefined;
}

/** `/var/guix` of `creating directory `/var/guix/gcroots': …`; the last path that a line quotes. */
export function findQuotedPath(line: string): string | undefined {
  return [...line.matchAll(/[`'‘"](\/[^`'‘’"]*)['’"]/g)].at(-1)?.[1];
}

/** Whether the daemon of ours isolates builds, by its options and settings. */
export function readIsolation({
  kind: { isolation },
  environment,
  daemonArguments: daemonOptions = [],
}: Scene): ReturnType<typeof isolation.readSetting> {
  return isolation.isOff(daemonOptions)
    ? 'off'
    : isolation.readSetting({ environment, daemonOptions });
}

/** Whether it is an ordinary user who runs us. */
export function isOrdinaryUser(): boolean {
  return process.geteuid?.() !== 0;
}
