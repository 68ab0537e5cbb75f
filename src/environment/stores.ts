import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { encodeBytes } from '../processes/bytes.ts';

/** Something in the stores of Guix and Nix; the stores themselves are no item. */
const item = /^\/(gnu|nix)\/store\/[^/]/;

/** Whether a path stands in a store, or links lead there. What isn't there leads nowhere. */
export function leadsIntoStore(path: string): boolean {
  if (item.test(path)) return true;
  // An error costs more than to look.
  if (!existsSync(encodeBytes(path))) return false;
  try {
    return item.test(realpathSync.native(encodeBytes(path)));
  } catch {
    return false;
  }
}

/** A program, which is executed and not loaded. Libraries in a store can be executed, too. */
export function isProgram(path: string): boolean {
  if (/\.so(\.|$)/.test(path)) return false;
  try {
    accessSync(encodeBytes(path), constants.X_OK);
    return statSync(encodeBytes(path)).isFile();
  } catch {
    return false;
  }
}
