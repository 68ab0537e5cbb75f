import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { findPulled } from '../../daemon/guix.ts';
import type { Kind } from '../../daemon/kind.ts';
import { listProfiles } from '../../environment/profile.ts';
import { renderSystemError } from '../../errors/system.ts';
import { quoteWords } from '../../events/quote.ts';
import { findHome } from '../../processes/home.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { toFinding } from '../words.ts';

/** Whether the profiles that a run loads are there, and can be loaded. */
export const profile: Check = {
  name: 'profile',
  title: "the profiles that are loaded: Guix's or Nix's own, and the user's",
  examine({ kind, given, profileFailure }) {
    if (profileFailure !== undefined) return [toFinding(profileFailure)];
    const found = listPlaces(kind, given).flatMap((place) => findBreak(place, kind, given));
    if (found.some(({ state }) => state !== 'fine')) return found;
    return [...found, { state: 'fine', text: tellLoaded(kind, given) }];
  },
};

function tellLoaded(kind: Kind, given: Machine['given']): string {
  if (kind.name === 'guix') {
    const pulled = findPulled(given);
    return pulled === undefined
      ? "there is none of 'guix pull': Guix is that of PATH"
      : `${pulled} is loaded`;
  }
  const loaded = listProfiles(kind.profiles, given);
  return loaded.length === 0
    ? `there is none: ${kind.title} is that of PATH`
    : `loaded: ${loaded.join(' ')}`;
}

/** Where profiles are looked for, each once. */
function listPlaces({ name, profiles }: Kind, given: Machine['given']): readonly string[] {
  if (name === 'nix') return profiles.list(given);
  const home = findHome(given);
  const named = given['GUIX_PROFILE'];
  const pulled = named
    ? [named]
    : ['/root/.config/guix/current', join(home, '.config/guix/current')];
  return [...new Set([...pulled, join(home, '.guix-profile')])];
}

/** A profile is a link to a generation, which is a link into the store. */
function findBreak(place: string, kind: Kind, given: Machine['given']): readonly Finding[] {
  if (existsSync(place)) return [];
  const isNamed = place === given['GUIX_PROFILE'];
  try {
    const end = followLinks(place);
    if (end !== undefined) return [dangling(place, end, kind)];
    return isNamed ? [missing(place)] : [];
  } catch (error) {
    // What is root's alone is not for others to load.
    const text = `${place} is not ours to look at, and is not loaded: ${renderSystemError(error)}`;
    return [{ state: isNamed ? 'odd' : 'fine', text }];
  }
}

/** What the last of the links names, which isn't there; `undefined`: there is no link. */
function followLinks(place: string): string | undefined {
  let end: string | undefined;
  for (let at = place, links = 0; links < mostLinks && isLink(at); links++) {
    at = resolve(dirname(at), readlinkSync(at));
    end = at;
  }
  return end;
}

/** As many as the kernel follows. */
const mostLinks = 40;

function isLink(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function dangling(place: string, end: string, { name, store }: Kind): Finding {
  if (name === 'nix') return danglingOfNix(place, end, store);
  const isOwn = place.endsWith('.guix-profile');
  return {
    state: 'broken',
    text: `${place} leads to ${end}, which is not there`,
    meaning: isOwn
      ? 'What was installed there is not found. Where older generations are whole, go back to one:'
      : "So it is left out, and Guix is another one than was pulled. The store may be another container's, or its garbage was collected. Pull again:",
    command: isOwn ? 'guix-entry-point guix package --roll-back' : 'guix-entry-point guix pull',
  };
}

/** Nix makes the link at its first start, and what it leads to when something is installed. */
function danglingOfNix(place: string, end: string, store: string): Finding {
  if (!end.startsWith(`${store}/`)) {
    return { state: 'fine', text: `${place}: nothing has been installed there` };
  }
  return {
    state: 'broken',
    text: `${place} leads to ${end}, which is not there`,
    meaning:
      "What was installed there is not found. The store may be another container's, or its garbage was collected. Where older generations are whole, go back to one:",
    command: quoteWords(['guix-entry-point', 'nix-env', '--profile', place, '--rollback']),
  };
}

function missing(place: string): Finding {
  return {
    state: 'odd',
    text: `GUIX_PROFILE names ${place}, which is not there`,
    meaning: 'It is left out, and Guix is that of PATH. Take the variable away, or name a profile:',
    command: 'unset GUIX_PROFILE',
  };
}
