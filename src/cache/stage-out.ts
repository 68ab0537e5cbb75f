import { existsSync } from 'node:fs';
import { recordChanges, type Tally } from './apply.ts';
import { renderSystemError } from '../errors/system.ts';
import { findRoot, NotLinkable, stageOutByExchange, takeTimes } from './exchange.ts';
import { removeTree } from './heal.ts';
import { isPending, stageOutByJournal } from './journal.ts';
import type { Plan } from './plan.ts';
import { spareDirectories } from './replaced.ts';
import { openWorkshop } from './workshop.ts';

type Means = { readonly mountPoints: readonly string[]; readonly tally: Tally };

/** Does what is planned for the home cache. */
export function* stageOut(plan: Plan, means: Means): Generator<void> {
  const spared = yield* spareDirectories(plan);
  if (spared.changes.length > 0) yield* change(spared, means);
  // Directories in which files came and went.
  else for (const path of plan.times) takeTimes(plan, path);
  yield* recordChanges(spared, false);
}

function* change(plan: Plan, { mountPoints, tally }: Means): Generator<void> {
  const { home } = plan.trees;
  const root = findRoot(plan.changes);
  const { directory, canExchange } = openWorkshop(home, root, mountPoints);
  try {
    // A single step needs no exchange to be whole.
    const isExchanged =
      canExchange &&
      plan.changes.length > 1 &&
      (yield* tryToExchange({ plan, root, fresh: `${directory}/fresh`, tally, listed: new Map() }));
    if (!isExchanged) yield* stageOutByJournal(plan, directory, tally);
  } finally {
    // What stands half-done is for the next run.
    if (existsSync(directory) && !isPending(directory)) yield* tidyUp(plan, directory);
  }
}

/** A rest changes nothing of what was done. */
function* tidyUp({ leftOut }: Plan, workshop: string): Generator<void> {
  try {
    yield* removeTree(workshop);
  } catch (error) {
    leftOut.push({ path: workshop, reason: `it can't be removed: ${renderSystemError(error)}` });
  }
}

function* tryToExchange(place: Parameters<typeof stageOutByExchange>[0]): Generator<void, boolean> {
  try {
    const span = yield* stageOutByExchange(place);
    place.plan.manifest.spans.push(span);
    return true;
  } catch (error) {
    if (!(error instanceof NotLinkable)) throw error;
    yield* removeTree(place.fresh);
    return false;
  }
}
