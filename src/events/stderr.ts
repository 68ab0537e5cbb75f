import { writeWhole } from './write.ts';

/**
 * Writes to stderr at once, so that our lines stand between the command's in the order of events.
 * A reader that has gone (EPIPE) ends neither us nor the command.
 */
export function writeToStderr(text: string): void {
  try {
    writeWhole(2, text);
  } catch {
    // There is nowhere to tell it.
  }
}
