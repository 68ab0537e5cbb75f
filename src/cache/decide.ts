import type { Entry, Span, Stamp } from './entry.ts';
import { isUnchanged, stamp } from './entry.ts';

/** How both sides of a path were when it was staged last. */
export type Known = { readonly home: Stamp; readonly staged: Stamp };

/**
 * What is known of something that stood in the staging directory only, before that was used as one: it
 * is none of ours, and is left alone until it changes.
 */
export function leaveAlone(staged: Entry): Known {
  const { NaN: nothing } = Number;
  return { home: [nothing, nothing, nothing, nothing], staged: stamp(staged) };
}

function isLeftAlone(known: Known | undefined): boolean {
  return known !== undefined && Number.isNaN(known.home[0]);
}

/** A path on both sides, and what is known of it. */
export type Sides = {
  readonly home: Entry | undefined;
  readonly staged: Entry | undefined;
  readonly known: Known | undefined;
  /** The home cache got links of ours then. */
  readonly spans: readonly Span[];
  /** The staging directory may have only a half of it. */
  readonly isUnfinished: boolean;
  /** Whether both are the same but for their inodes; asked only if it matters. */
  readonly isAlike: () => boolean;
};

/** Whose state of a path counts; `both`: they are the same. */
export type Verdict = 'home' | 'staged' | 'both';

/**
 * Decides who has the last word on a path. What changed on one side only, counts. What changed on
 * both: the one modified later; and a change counts more than a removal. What is missing in the
 * staging directory was removed only if that happened in a run (`out`): before a run (`in`) it may
 * have been emptied by whoever owns it, and is filled again.
 */
export function decide(direction: 'in' | 'out', sides: Sides): Verdict {
  const { home, staged, known, spans, isUnfinished, isAlike } = sides;
  const homeStays = isStill(home, known?.home, spans);
  const isOther = isLeftAlone(known);
  // Where home has come to have it, too, the later one counts.
  const stagedStays = isStill(staged, known?.staged, []) && !(isOther && home !== undefined);
  if (isUnfinished && staged !== undefined && !stagedStays) return isAlike() ? 'both' : 'home';
  if (home === undefined && isOther && stagedStays) return direction === 'in' ? 'staged' : 'home';
  if (home === undefined) return stagedStays ? 'home' : 'staged';
  if (staged === undefined) return direction === 'out' && homeStays ? 'staged' : 'home';
  if (homeStays && stagedStays) return 'both';
  if (homeStays) return 'staged';
  if (stagedStays) return 'home';
  if (isAlike()) return 'both';
  return staged.modified > home.modified ? 'staged' : 'home';
}

function isStill(
  entry: Entry | undefined,
  known: Stamp | undefined,
  spans: readonly Span[],
): boolean {
  return entry !== undefined && known !== undefined && isUnchanged(entry, known, spans);
}
