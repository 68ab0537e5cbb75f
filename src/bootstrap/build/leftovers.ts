import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import type { Report } from '../../events/event.ts';
import { findFile } from '../../processes/path.ts';
import {
  findProcesses,
  listLineage,
  readDirectory,
  readProcess,
  readRoot,
  readVariable,
  signalProcess,
} from '../../processes/proc.ts';
import { waitUntilGone } from '../../processes/wait.ts';
import { type Store, toPhysical } from '../stores.ts';
import { removeTree } from './trees.ts';

/** Where a store's builds happen; it is there while one does, or when that was killed. */
export function nameWorkshop({ directory }: Store): string {
  return `${directory}/.build`;
}

/** A link to the name of an output that is made where it is to be in the end. */
export function nameUnfinished(store: Store): string {
  return `${nameWorkshop(store)}/unfinished`;
}

/** Ends and removes what a run that was killed has left in a store. Nobody else may build there. */
export async function removeLeftovers(store: Store, report: Report): Promise<void> {
  const workshop = nameWorkshop(store);
  const found = lstatSync(workshop, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) await endBuilders(realpathSync(workshop), report);
  const unfinished = nameUnfinished(store);
  if (lstatSync(unfinished, { throwIfNoEntry: false })) {
    removeTree(toPhysical(store, readlinkSync(unfinished)));
  }
  removeTree(workshop);
}

/** With name spaces of their own they have ended with their run; others go on. */
async function endBuilders(workshop: string, report: Report): Promise<void> {
  const pids = findBuilders(workshop);
  if (pids.length === 0) return;
  report({ event: 'builders-ended', pids });
  const left = await waitUntilGone(() => {
    const found = findBuilders(workshop);
    for (const pid of found) signalProcess(pid, 'SIGKILL');
    return found;
  }, endWithin);
  if (left.length > 0) throw new Error(`a killed bootstrap's processes ${left.join(', ')} go on`);
}

/**
 * They are known by where they are, or else by a variable that all builds have. Other containers may have
 * the same names: what stands there must be the same for them as for us. Who has a terminal, and no such
 * variable, only looks.
 */
function findBuilders(workshop: string): number[] {
  const ours = new Set(listLineage(process.pid));
  return findProcesses((pid) => {
    const isThere = (place: string | undefined, seen: string): boolean =>
      place?.startsWith(`${workshop}/`) === true && isSame(`/proc/${pid}/${seen}`, place);
    if (ours.has(pid)) return false;
    const top = readVariable(pid, 'NIX_BUILD_TOP') ?? '';
    if (isThere(top, `root${top}`) || isThere(readRoot(pid), 'root')) return true;
    return isThere(readDirectory(pid), 'cwd') && readProcess(pid)?.terminal === 0;
  });
}

function isSame(one: string, other: string): boolean {
  const [its, others] = [findFile(one), findFile(other)];
  return its !== undefined && its.dev === others?.dev && its.ino === others.ino;
}

/** SIGKILL takes that long only where they can't be reached. */
const endWithin = 5000; // ms
