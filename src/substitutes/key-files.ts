import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../errors/system.ts';
import { listAssets, readAsset } from '../processes/assets.ts';

// Public keys go by the names of their files: those that are built in, from `substitutes/`, and those
// that somebody mounts beside a list of servers of their own.

/** Where an image, or who mounts something into it, adds keys. */
export const keyDirectory = '/etc/guix-entry-point/keys';

const builtIn = 'substitutes';

/** A public key's file. */
export type KeyFile = {
  readonly name: string;
  /** Where it is; nothing where it is built in. */
  readonly path: string | undefined;
  /** Its text; throws what the system says. */
  readonly read: () => string;
};

/** All of them, each name once: what is mounted wins. Throws what the system says. */
export function listKeyFiles(): readonly KeyFile[] {
  const mounted = listNames(keyDirectory).map((name) => {
    const path = join(keyDirectory, name);
    return { name, path, read: () => readFileSync(path, 'utf8') };
  });
  const others = listAssets(builtIn)
    .map((name) => ({
      name,
      path: undefined,
      read: () => readAsset(`${builtIn}/${name}`).toString(),
    }))
    .filter(({ name }) => !mounted.some((file) => file.name === name));
  return [...mounted, ...others].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.pub'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
