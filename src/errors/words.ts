import type { Failure } from './failure.ts';

/** A failure in words: what happened, what to do about it, and what others said of it. */
export type Wording = {
  readonly headline: string;
  readonly hint: string;
  /** What the hint says to type, on a line of its own. */
  readonly command?: string;
  /** What another program said, or what was looked at, under its heading. */
  readonly quote?: { readonly heading: string; readonly lines: readonly string[] };
};

/** The failures by their kinds. */
export type OfKind = { [K in Failure['kind']]: Extract<Failure, { kind: K }> };
/** One wording for each kind of failure. */
export type Words = { [K in keyof OfKind]: (failure: OfKind[K]) => Wording };
