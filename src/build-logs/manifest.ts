import type { BuildLog } from '../events/event.ts';
import type { ShownBuild } from './show.ts';

/** `manifest.json` in an archive of build logs. */
export type Manifest = {
  readonly version: 1;
  /** When the archive was finished: `2026-11-21T10:04:33.000Z`. */
  readonly created: string;
  readonly builds: readonly ManifestBuild[];
  /** The derivations whose builds were ended because others failed; `failed`, where they stand above. */
  readonly interrupted: readonly string[];
  /** The derivations that were not tried because others failed. */
  readonly untried: readonly string[];
};

/** A build and its log. */
export type ManifestBuild = {
  readonly derivation: string;
  /** The store items that it makes; none if the derivation has been collected as garbage. */
  readonly outputs: readonly string[];
  /** Its name without the hash: `hello-2.12`. */
  readonly package: string;
  /** `succeeded`: its outputs are valid, and the daemon left no lock file; `unknown`: the derivation is gone. */
  readonly status: 'failed' | 'succeeded' | 'unknown';
  /** It was built before the run. */
  readonly older: boolean;
  /** The log's name in the archive; `null` if it had to be left out. */
  readonly log: string | null;
  /** The log's length in bytes and in lines. */
  readonly size: number;
  readonly lines: number;
  /** `cut short`: its builder was killed; `damaged`: the rest couldn't be unpacked. */
  readonly end: BuildLog['end'];
  readonly phase?: NonNullable<BuildLog['phase']>;
  readonly durationMs?: number;
  readonly firstError?: NonNullable<BuildLog['firstError']>;
  /** The builder's, which is known only of some (see last-words.ts). */
  readonly exitStatus: number | null;
};

/** What the manifest says of a build. */
export function describeBuild(
  build: ShownBuild,
  known: Pick<ManifestBuild, 'log' | 'exitStatus'>,
): ManifestBuild {
  const { derivation, outputs, state, isOlder, size, lines, end } = build;
  const { phase, milliseconds, firstError } = build;
  return {
    derivation,
    outputs,
    package: build.package,
    status: state,
    older: isOlder,
    log: known.log,
    size,
    lines,
    end,
    ...(phase && { phase }),
    ...(milliseconds !== undefined && { durationMs: Math.round(milliseconds) }),
    ...(firstError && { firstError }),
    exitStatus: known.exitStatus,
  };
}
