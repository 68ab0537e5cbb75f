import type { Report } from '../events/event.ts';
import { writeToStdout } from '../events/stdout.ts';
import { Signals } from '../command/signals.ts';
import type { BootstrapRequest, Options } from '../options/options.ts';
import { adoptOrphans } from '../processes/children.ts';
import { prepareToExitAtOnce } from '../processes/libc.ts';
import { findInheritedDescriptors } from '../processes/descriptors.ts';
import { restoreDescriptorLimit } from '../processes/limits.ts';
import { EntryPointError } from '../errors/failure.ts';
import { isTerminal } from '../processes/terminal.ts';
import { findChroot } from './build/chroot.ts';
import { findHostTools } from './build/host-tools.ts';
import { findIsolation, type Isolation } from './build/isolation.ts';
import { buildAll } from './build-all.ts';
import { findClosure } from './closure.ts';
import { choosePackages } from './choose.ts';
import { listPackages, loadDefinitions } from './definitions/file.ts';
import { describeItems } from './describe.ts';
import type { Entry } from './manifest.ts';
import { packItems, preparePack } from './pack.ts';
import { planBuilds, type PlannedBuild, selectNeeded } from './plan.ts';
import { Shelves } from './shelves.ts';
import { toUnusable } from './stores.ts';
import { findSystem } from './system.ts';
import { renderTable } from './table.ts';
import { renderPlan } from './tree.ts';

type Circumstances = {
  readonly environment: Readonly<Record<string, string>>;
  readonly report: Report;
};

/** Builds packages from a definition file, or shows how it would. Returns the exit status. */
export async function runBootstrap(
  { file, names, options }: BootstrapRequest,
  { environment, report }: Circumstances,
): Promise<number> {
  const definitions = loadDefinitions(file);
  const chosen = choosePackages(definitions, names);
  const { calledOff: signal } = new Signals({ report, grace: options.grace });
  const hostTools = findHostTools(options.hostTools, environment['PATH']);
  // From here on Node's own `child_process` can't be used: we reap before it does.
  restoreDescriptorLimit();
  if (!adoptOrphans()) report({ event: 'orphans-unreachable' });
  // Builds have none of those that we were started with.
  findInheritedDescriptors();
  prepareToExitAtOnce();
  const isolation = await isolate(environment, { lends: hostTools.length > 0, report });
  signal.throwIfAborted();
  const all = planBuilds(listPackages(definitions), {
    system: findSystem(process.arch),
    isIsolated: isolation !== undefined,
    directory: findDirectory(isolation),
  });
  const builds = selectNeeded(all, chosen);
  const wanted = builds.filter((build) => chosen.includes(build.package));
  if (options.dryRun) {
    using shelves = Shelves.look(builds);
    const describe = await describeItems(builds, { shelves, signal });
    writeLines(renderPlan(wanted, describe));
    return 0;
  }
  // What is made is the same whoever makes it.
  process.umask(0o022);
  if (options.pack !== undefined) await preparePack(options.pack);
  using shelves = await Shelves.open(builds, report);
  const entries = await buildAll(builds, {
    ...{ shelves, hostTools, isolation, signal, report },
    ...{ rounds: options.rounds, keepFailed: options.keepFailed, logLines: options.logLines },
  });
  if (options.pack !== undefined) {
    await pack(wanted, { shelves, file: options.pack, signal, report });
  }
  writeLines(renderEntries(entries, options.logFormat, shelves));
  return 0;
}

/** Where we are. In what isn't isolated, that is in the names of outputs, and on PATH. */
function findDirectory(isolation: Isolation | undefined): string {
  try {
    const directory = process.cwd();
    if (directory.includes('\ufffd')) throw new Error('the name of this directory is no text');
    if (isolation !== undefined || !directory.includes(':')) return directory;
    throw new Error('PATH can have no directory with a colon, as builds need it here');
  } catch (cause) {
    throw new EntryPointError(toUnusable({ directory: '.' }, cause), { cause });
  }
}

/** The best way there is to isolate builds; what is wanting is told. */
async function isolate(
  environment: Circumstances['environment'],
  { lends, report }: { readonly lends: boolean; readonly report: Report },
): Promise<Isolation | undefined> {
  const found = await findIsolation(environment);
  if ('wrap' in found) return found;
  // Without mounts, nothing of the machine can be lent there.
  const chroot = lends ? undefined : findChroot(environment);
  report({ event: chroot === undefined ? 'sandbox-off' : 'chroot-only', ...found });
  return chroot;
}

async function pack(
  wanted: readonly PlannedBuild[],
  {
    report,
    ...its
  }: { shelves: Shelves; file: string; signal: AbortSignal; readonly report: Report },
): Promise<void> {
  const outputs = wanted.map(({ derivation }) => derivation.output);
  const closure = findClosure(outputs, its.shelves);
  await packItems(closure, its);
  report({ event: 'items-packed', file: its.file, items: closure.length });
}

function renderEntries(
  entries: readonly Entry[],
  logFormat: Options['logFormat'],
  shelves: Shelves,
): readonly string[] {
  return logFormat === 'json'
    ? entries.map((entry) => JSON.stringify({ ...entry, path: shelves.locate(entry.output) }))
    : renderTable(entries, { heading: isTerminal(1) });
}

function writeLines(lines: readonly string[]): void {
  writeToStdout(lines.map((line) => `${line}\n`).join(''));
}
