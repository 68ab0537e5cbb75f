import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The room in the file system that a path is on, as its user may have it. */
export type Space = {
  /** The path, or the directory above it that is there. */
  readonly path: string;
  /** The file system: the same number, the same room. */
  readonly device: number;
  /** In bytes. */
  readonly available: number;
  readonly size: number;
  /** How many more files it takes; `undefined`: as many as there is room for. */
  readonly files: number | undefined;
};

/** Measures the room for a path; where it isn't there yet, for what will be made. */
export function measureSpace(path: string): Space {
  const device = statSync(path, { throwIfNoEntry: false })?.dev;
  if (device === undefined) return measureSpace(dirname(path));
  const { bavail, blocks, bsize, files, ffree } = statfsSync(path);
  return {
    path,
    device,
    available: bavail * bsize,
    size: blocks * bsize,
    // Those that make inodes as they are wanted count none.
    files: files === 0 ? undefined : ffree,
  };
}

/** The same for many paths, once for each file system; paths that can't be looked at are left out. */
export function measureFileSystems(
  paths: readonly string[],
): readonly (Space & { readonly paths: readonly string[] })[] {
  const spaces = [...new Set(paths)].flatMap(tryToMeasure);
  const systems = Map.groupBy(spaces, ({ device }) => device);
  return [...systems.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, paths: [first, ...others].map(({ asked }) => asked) }],
  );
}

function tryToMeasure(asked: string): readonly (Space & { readonly asked: string })[] {
  try {
    return [{ asked, ...measureSpace(asked) }];
  } catch {
    return [];
  }
}

/** `12.3 GiB`, `0 bytes`. */
export function renderBytes(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
