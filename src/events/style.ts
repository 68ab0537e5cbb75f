/** What of colours there is in text. */
export type Style = {
  /** The colours of build logs stay. */
  readonly logColors: boolean;
  /** We have some of our own. */
  readonly ownColors: boolean;
};

/** Text without any. */
export const plain: Style = { logColors: false, ownColors: false };

/** A line in the colour of what failed. */
export function emphasize(line: string, { ownColors }: Style): string {
  return ownColors ? `\x1b[1;31m${line}\x1b[0m` : line;
}
