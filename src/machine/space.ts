import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What is left of a file system, and the places that are on it. */
export type Space = {
  /** As they were asked for. */
  readonly places: readonly string[];
  readonly bytes: number;
  /** How many files can still be made; `undefined`: as many as there is room for. */
  readonly files: number | undefined;
};

/**
 * Measures the room that this user has in each place, or where it would be made, once for each file
 * system. What can't be looked at is left out.
 */
export function measureSpace(places: readonly string[]): readonly Space[] {
  const systems = Map.groupBy(new Set(places), findDevice);
  return [...systems].flatMap(([device, together]) => {
    const [first] = together;
    return device === undefined || first === undefined ? [] : [measure(first, together)];
  });
}

/** The number of the file system that a place is on. */
function findDevice(place: string): number | undefined {
  try {
    return statSync(findExisting(place)).dev;
  } catch {
    return undefined;
  }
}

function findExisting(place: string): string {
  return existsSync(place) || dirname(place) === place ? place : findExisting(dirname(place));
}

function measure(place: string, places: readonly string[]): Space {
  const { bsize, bfree, bavail, files, ffree } = statfsSync(findExisting(place));
  // A part is kept for root, as a rule.
  const blocks = process.geteuid?.() === 0 ? bfree : bavail;
  return { places, bytes: blocks * bsize, files: files === 0 ? undefined : ffree };
}
