import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { showBuild } from '../../build-logs/show.ts';
import { EntryPointError } from '../../errors/failure.ts';
import { renderSystemError } from '../../errors/system.ts';
import type { Report } from '../../events/event.ts';
import { encodeNixBase32 } from '../../store/base32.ts';
import type { Phase } from '../builder/step.ts';
import type { PlannedBuild, PlannedSource } from '../plan.ts';
import { nameLog, toPhysical } from '../stores.ts';
import { compareTrees } from './compare.ts';
import type { HostTool } from './host-tools.ts';
import type { Isolation } from './isolation.ts';
import { Log } from './log.ts';
import { normalize } from './normalize.ts';
import { perform, PhaseFailure } from './perform.ts';
import { type Scanned, scanTree } from './references.ts';
import { makeRoom } from './room.ts';
import { removeTree } from './trees.ts';
import { Workshop } from './workshop.ts';

/** How a package is to be built. */
export type Way = {
  /** What it needs, and what that needs. */
  readonly items: readonly (PlannedBuild | PlannedSource)[];
  /** The files in which its sources were found. */
  readonly sources: ReadonlyMap<PlannedSource, string>;
  readonly hostTools: readonly HostTool[];
  readonly isolation: Isolation | undefined;
  readonly rounds: number;
  readonly keepFailed: boolean;
  /** How many lines of a failed build's log are shown. */
  readonly logLines: number;
  readonly signal: AbortSignal;
  readonly report: Report;
};

/** Builds a package as often as it is to be, and puts into the store what comes of it, if that is right. */
export async function buildPackage(build: PlannedBuild, way: Way): Promise<Scanned> {
  const { store, derivation } = build;
  const place = toPhysical(store, derivation.output);
  // What a run that was killed has left there is in no manifest.
  removeTree(place);
  using workshop = new Workshop(build, way.report);
  await workshop.storeSources(way.sources, way.signal);
  writeFileSync(toPhysical(store, derivation.path), derivation.text);
  mkdirSync(dirname(nameLog(store, derivation.output)), { recursive: true });
  using log = new Log(store, derivation.output);
  const begunAt = Date.now();
  try {
    const scanned = await buildRounds(build, way, { workshop, log });
    requireHash(build, scanned, workshop);
    workshop.finish(place);
    return scanned;
  } catch (error) {
    if (!(error instanceof PhaseFailure)) throw error;
    await showFailed(build, begunAt, way);
    if (way.keepFailed) workshop.keepAll();
    throw new EntryPointError(toFailure(build, error, way), { cause: error });
  }
}

/** Shows the end of a failed build's log, as that of a daemon's build is shown. */
async function showFailed(
  { store, derivation }: PlannedBuild,
  begunAt: number,
  { logLines: lines, report }: Way,
): Promise<void> {
  const shown = {
    ...{ derivation: toPhysical(store, derivation.path), outputs: [derivation.output] },
    ...{ log: nameLog(store, derivation.output), begunAt, writtenAt: Date.now() },
  };
  const how = { directory: undefined, lines, isOlder: false, since: 0, report };
  await showBuild({ ...shown, state: 'failed' }, how);
}

function toFailure(
  { name, store, derivation, package: { buildSystem } }: PlannedBuild,
  { phase, command, message }: PhaseFailure,
  { keepFailed: isKept }: Way,
): EntryPointError['failure'] {
  return {
    kind: 'package-build-failed',
    package: name,
    ...(buildSystem === 'gnu-build-system' && { phase }),
    ...(command === undefined
      ? { reason: message.replace(/\.$/, '') }
      : { command: command.words, ending: command.ending }),
    log: nameLog(store, derivation.output),
    isKept,
  };
}

type Place = { readonly workshop: Workshop; readonly log: Log };

async function buildRounds(build: PlannedBuild, way: Way, place: Place): Promise<Scanned> {
  const first = await buildOnce(build, way, place);
  for (let round = 2; round <= way.rounds; round++) {
    place.workshop.keepAsFirst();
    way.report({ event: 'package-round', package: build.name, round });
    place.log.write(`round ${round}`);
    const { narHash } = await buildOnce(build, way, place);
    if (narHash === first.narHash) continue;
    const { workshop } = place;
    const differences = await compareTrees(workshop.first, workshop.output, way.signal);
    const kept = workshop.keepRounds(round);
    const failure = { package: build.name, differences, kept };
    throw new EntryPointError({ kind: 'rounds-differ', ...failure });
  }
  return first;
}

async function buildOnce(
  build: PlannedBuild,
  { items, hostTools, isolation, signal, report }: Way,
  { workshop, log }: Place,
): Promise<Scanned> {
  const { name, derivation, phases } = build;
  const furniture = { at: workshop.clear(), items, hostTools, isolation, signal };
  const room = await makeRoom(build, furniture);
  workshop.open(room);
  const tell = ({ name: phase, steps: { length: steps } }: Phase): void =>
    report({ event: 'package-phase', package: name, phase, steps });
  await perform(phases, room, { log, signal, tell });
  try {
    if (lstatSync(workshop.output, { throwIfNoEntry: false }) === undefined) {
      throw new Error(`it has not made ${derivation.output}`);
    }
    normalize(workshop.output);
    const candidates = [derivation.output, ...items.map((item) => item.derivation.output)];
    return await scanTree(workshop.output, candidates, signal);
  } catch (error) {
    signal.throwIfAborted();
    const reason = renderSystemError(error);
    log.write(`error: ${reason}`);
    throw new PhaseFailure(phases.at(-1)?.name ?? '', reason);
  }
}

function requireHash(
  { name, package: { outputHash } }: PlannedBuild,
  { narHash: actual }: Scanned,
  workshop: Workshop,
): void {
  if (outputHash === undefined || encodeNixBase32(outputHash) === actual) return;
  const expected = encodeNixBase32(outputHash);
  const kept = workshop.keepOutput();
  throw new EntryPointError({ kind: 'output-mismatch', package: name, expected, actual, kept });
}
