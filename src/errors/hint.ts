/** What a failure means, and what to type. */
export type Hint = {
  /** What was found and what it means: sentences, of which the last ends in a colon before `command`. */
  readonly meaning: string;
  /** A command that can be copied, or a line of a configuration. */
  readonly command: string;
};
