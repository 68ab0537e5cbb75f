import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getAssetKeys, getRawAsset, isSea } from 'node:sea';

// What travels with the program: inside the executable, or, where a platform has none, as files in the
// directory of the bundle, which the machine's Node runs.

/** Its bytes; throws what the system says. */
export function readAsset(name: string): Buffer {
  const file = findAssetFile(name);
  return file === undefined ? Buffer.from(getRawAsset(name)) : readFileSync(file);
}

/** The file that it is; `undefined`: it is inside the executable. */
export function findAssetFile(name: string): string | undefined {
  return isSea() ? undefined : join(__dirname, name);
}

/** The names of those whose names begin with `directory`, without it. */
export function listAssets(directory: string): readonly string[] {
  const start = `${directory}/`;
  return isSea()
    ? getAssetKeys()
        .filter((name) => name.startsWith(start))
        .map((name) => name.slice(start.length))
    : readdirSync(join(__dirname, directory));
}
