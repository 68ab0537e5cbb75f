import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';

/** Something in the stores of Guix and Nix; the stores themselves are no item. */
function isItem(path: string): boolean {
  const store = ['/gnu/store/', '/nix/store/'].find((one) => path.startsWith(one));
  return store !== undefined && path.length > store.length;
}

/** Whether a path stands in a store, or links lead there. What isn't there leads nowhere. */
export function leadsIntoStore(path: string): boolean {
  if (isItem(path)) return true;
  // An error costs more than to look.
  if (!existsSync(path)) return false;
  try {
    return isItem(realpathSync.native(path));
  } catch {
    return false;
  }
}

/** A program, which is executed and not loaded. Libraries in a store can be executed, too. */
export function isProgram(path: string): boolean {
  if (/\.so(\.|$)/.test(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
