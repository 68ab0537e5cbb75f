import { EntryPointError } from '../errors/failure.ts';
import { isSystemError } from '../errors/system.ts';
import { now } from '../processes/clock.ts';
import { encodeNixBase32 } from '../store/base32.ts';
import { buildPackage, type Way as BuildWay } from './build/build.ts';
import { scanTree } from './build/references.ts';
import { Workshop } from './build/workshop.ts';
import { findClosure, indexItems } from './closure.ts';
import type { Entry } from './manifest.ts';
import type { PlannedBuild, PlannedSource } from './plan.ts';
import type { Shelves } from './shelves.ts';
import { findSources, isStored, listSources } from './sources.ts';
import { nameLog, toPhysical, toUnusable } from './stores.ts';

export type Way = Omit<BuildWay, 'items' | 'sources'> & { readonly shelves: Shelves };

type Index = ReturnType<typeof indexItems>;
type Found = ReadonlyMap<PlannedBuild, BuildWay['sources']>;

/** Builds what isn't finished, one after the other. What goes wrong with one ends it. */
export async function buildAll(
  builds: readonly PlannedBuild[],
  way: Way,
): Promise<readonly Entry[]> {
  const { shelves } = way;
  const unfinished = builds.filter(
    ({ derivation }) => shelves.find(derivation.output) === undefined,
  );
  // All of them must be there before anything is built.
  const sources = new Map<PlannedBuild, BuildWay['sources']>();
  for (const build of unfinished) {
    sources.set(build, await findSources(build, listSources(build), way.signal));
  }
  const hostTools = way.hostTools.map(({ name }) => name);
  if (unfinished.length > 0 && hostTools.length > 0) {
    way.report({ event: 'host-tools-lent', hostTools });
  }
  const index = indexItems(builds);
  const entries: Entry[] = [];
  for (const build of builds) {
    way.signal.throwIfAborted();
    const place = { number: unfinished.indexOf(build) + 1, of: unfinished.length };
    try {
      entries.push(await obtain(build, index, { ...way, sources, place }));
    } catch (cause) {
      way.signal.throwIfAborted();
      // What the system says without our asking is of the store: it is full, or not to be written to.
      if (!isSystemError(cause)) throw cause;
      throw new EntryPointError(toUnusable(build.store, cause), { cause });
    }
  }
  return entries;
}

/** Builds a package, or takes what is finished. */
async function obtain(
  build: PlannedBuild,
  index: Index,
  way: Way & {
    readonly sources: Found;
    readonly place: { readonly number: number; readonly of: number };
  },
): Promise<Entry> {
  const { shelves, report, place, rounds } = way;
  const { name, derivation, store } = build;
  const told = { package: name, output: toPhysical(store, derivation.output) };
  const finished = shelves.find(derivation.output);
  if (finished !== undefined) {
    const entry = await checkAgain(build, finished, way);
    report({ event: 'package-reused', ...told, narHash: entry.narHash });
    if (rounds > 1) report({ event: 'rounds-left-out', package: name });
    return entry;
  }
  report({ event: 'package-building', ...told, log: nameLog(store, derivation.output), ...place });
  const begunAt = now();
  const entry = await buildOne(build, index, way);
  const { narHash, isChecked } = entry;
  const milliseconds = now() - begunAt;
  report({ event: 'package-built', ...told, narHash, isChecked, milliseconds });
  return entry;
}

async function buildOne(
  build: PlannedBuild,
  index: Index,
  way: Way & { readonly sources: Found },
): Promise<Entry> {
  const { derivation, package: wanted } = build;
  const items = listItems(build, index, way.shelves);
  const sources = way.sources.get(build) ?? new Map<PlannedSource, string>();
  const scanned = await buildPackage(build, { ...way, items, sources });
  const { narHash, references, namesHostTools } = scanned;
  if (namesHostTools) way.report({ event: 'host-tools-named', package: build.name });
  const entry: Entry = {
    ...{ package: wanted.name, version: wanted.version },
    ...{ output: derivation.output, derivation: derivation.path, narHash },
    ...{ isChecked: wanted.outputHash !== undefined, references },
    hostTools: way.hostTools.map(({ name }) => name),
    isolation: way.isolation?.by ?? 'none',
    sources: [...sources.keys()].map(({ origin: { fileName, sha256 } }) => ({
      file: fileName,
      sha256: encodeNixBase32(sha256),
    })),
  };
  way.shelves.add(entry);
  return entry;
}

/** The inputs of a build, and all that these refer to. */
function listItems(
  { inputs }: PlannedBuild,
  index: Index,
  shelves: Shelves,
): readonly (PlannedBuild | PlannedSource)[] {
  const outputs = [...inputs.values()].map(({ derivation }) => derivation.output);
  return findClosure(outputs, shelves).flatMap((output) => index.get(output) ?? []);
}

/** A finished output must be what it was, and what the definition wants by now. */
async function checkAgain(
  build: PlannedBuild,
  finished: Entry,
  { shelves, signal, report }: Way,
): Promise<Entry> {
  const { outputHash } = build.package;
  const output = toPhysical(build.store, build.derivation.output);
  const { narHash: actual } = await scanTree(output, [], signal);
  if (actual !== finished.narHash) {
    const recorded = finished.narHash;
    throw new EntryPointError({ kind: 'output-changed', output, recorded, actual });
  }
  const isChecked = outputHash !== undefined;
  if (isChecked && encodeNixBase32(outputHash) !== actual) {
    const expected = encodeNixBase32(outputHash);
    const failure = { package: build.name, expected, actual, kept: output };
    throw new EntryPointError({ kind: 'output-mismatch', ...failure });
  }
  await restoreSources(build, finished, { signal, report });
  const entry = { ...finished, isChecked };
  if (isChecked !== finished.isChecked) shelves.add(entry);
  return entry;
}

/** What a finished output refers to of its sources must be what it was, too. */
async function restoreSources(
  build: PlannedBuild,
  { references }: Entry,
  { signal, report }: Pick<Way, 'signal' | 'report'>,
): Promise<void> {
  const changed: PlannedSource[] = [];
  for (const source of listSources(build)) {
    if (!references.includes(source.derivation.output)) continue;
    if (!(await isStored(source, signal))) changed.push(source);
  }
  if (changed.length === 0) return;
  using workshop = new Workshop(build, report);
  await workshop.storeSources(await findSources(build, changed, signal), signal);
}
