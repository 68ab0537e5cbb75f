import { existsSync, readFileSync } from 'node:fs';
import { closestMatch } from 'leven';
import type { Failure } from '../errors/failure.ts';
import type { KeyText } from './keys.ts';

type Choice = {
  /** Those that are meant, each once. */
  readonly chosen: readonly KeyText[];
  /** The names that mean nothing. */
  readonly failures: readonly Failure[];
};

/** Chooses keys by the names of their files among ours, or by paths of any files; none: all of ours. */
export function chooseKeys(names: readonly string[], files: readonly KeyText[]): Choice {
  if (names.length === 0) return { chosen: files, failures: [] };
  const known = files.map((file) => file.name);
  const found = names.map((name) => ({ name, file: findFile(name, files) }));
  return {
    chosen: [...new Set(found.flatMap(({ file }) => file ?? []))],
    failures: found
      .filter(({ file }) => file === undefined)
      .map(({ name }) => ({ kind: 'key-not-found', name, known, ...findNearest(name, files) })),
  };
}

function findFile(name: string, files: readonly KeyText[]): KeyText | undefined {
  const ours = files.find((file) => [name, `${name}.pub`].includes(file.name));
  if (ours !== undefined) return ours;
  return existsSync(name) ? { name, read: () => readFileSync(name, 'utf8') } : undefined;
}

/** The key that was probably meant. */
function findNearest(name: string, files: readonly KeyText[]): { nearest?: string } {
  const known = files.flatMap((file) => [file.name, file.name.replace(/\.pub$/, '')]);
  const longer = name === '' ? undefined : known.find((one) => one.includes(name));
  if (longer !== undefined) return { nearest: longer };
  const maxDistance = Math.min(3, Math.floor(name.length / 2));
  const nearest = closestMatch(name, known, { maxDistance });
  return nearest === undefined ? {} : { nearest };
}
