import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { renderSystemError } from '../errors/system.ts';
import { removeIfEmpty } from './apply.ts';
import { lookAt } from './entry.ts';
import { finishJournal } from './journal.ts';
import { DirectoryLock } from '../files/locks.ts';
import { readListing, toBytes } from './names.ts';
import type { Wish } from './open.ts';
import { resolveHome } from './places.ts';
import { inSlices, type Pace } from './slices.ts';
import { listWorkshops } from './workshop.ts';

/** Brings to an end what a run that was killed had begun, unless somebody is at it. */
export async function healHome(path: string, wish: Wish): Promise<void> {
  const { signal, report } = wish;
  try {
    const home = resolveHome(path);
    using lock = DirectoryLock.open(home);
    if (lock.tryTake('alone')) await heal(home, wish, { signal });
  } catch (error) {
    signal.throwIfAborted();
    report({ event: 'cache-not-healed', home: path, reason: renderSystemError(error) });
  }
}

/** The same for whoever has the home cache to himself. */
export async function heal(home: string, wish: Wish, pace: Pace): Promise<void> {
  try {
    await inSlices(finishOthers(home, wish, pace), pace);
  } catch (error) {
    pace.signal?.throwIfAborted();
    wish.report({ event: 'cache-not-healed', home, reason: renderSystemError(error) });
  }
}

function* finishOthers(home: string, wish: Wish, { signal }: Pace): Generator<void> {
  for (const workshop of listWorkshops(home, wish.listMountPoints())) {
    try {
      const found = lookAt(workshop);
      if (found === undefined) continue;
      if (found.kind !== 'directory' || found.owner !== process.geteuid?.()) {
        throw new Error('it is none of ours');
      }
      for (const { path, reason } of yield* finishJournal(workshop, home)) {
        wish.report({ event: 'cache-not-healed', home, reason: `${path}: ${reason}` });
      }
      yield* removeTree(workshop);
    } catch (error) {
      signal?.throwIfAborted();
      const reason = `${renderSystemError(error)}. Remove ${workshop}`;
      wish.report({ event: 'cache-not-healed', home, reason });
    }
  }
}

/** Removes a directory and all that is in it. */
export function* removeTree(directory: string): Generator<void> {
  const directories = [directory];
  for (const path of directories) {
    openUp(path);
    for (const { name, isDirectory } of readListing(path)) {
      if (isDirectory) directories.push(`${path}/${name}`);
      else unlinkSync(toBytes(`${path}/${name}`));
      yield;
    }
  }
  for (const path of directories.toReversed()) {
    removeIfEmpty(path);
    yield;
  }
}

/** A directory that even its owner must not write in can't be emptied otherwise. */
export function openUp(directory: string): void {
  const { mode } = lstatSync(toBytes(directory));
  if ((mode & 0o700) !== 0o700) chmodSync(toBytes(directory), 0o700);
}
