import { createHash } from 'node:crypto';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  lstatSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { findFile } from '../processes/path.ts';
import { encodeNixBase32 } from '../store/base32.ts';
import { normalizeTop } from './build/normalize.ts';
import type { PlannedBuild, PlannedSource } from './plan.ts';
import { toPhysical } from './stores.ts';

const endings = ['', '.tar', '.tar.gz', '.tgz', '.tar.xz', '.txz', '.tar.bz2', '.tbz2'];

/** What became of looking for a source in the working directory. */
type FoundSource =
  | { readonly is: 'right'; readonly file: string }
  | { readonly is: 'missing'; readonly names: readonly string[] }
  /** There is one, and its SHA-256 is another. */
  | { readonly is: 'wrong'; readonly file: string; readonly actual: Buffer };

/** Looks for the source under each name that it may have; the first with the right hash is it. */
export async function findSource(
  { origin, name }: PlannedSource,
  signal: AbortSignal,
): Promise<FoundSource> {
  const names = [origin.fileName, ...endings.map((ending) => `${name}${ending}`)];
  const files = [...new Set(names)].map((one) => `./${one}`);
  let wrong: FoundSource | undefined;
  for (const file of files) {
    if (findFile(file)?.isFile() !== true) continue;
    const actual = await hashFile(file, signal);
    if (actual.equals(origin.sha256)) return { is: 'right', file };
    wrong ??= { is: 'wrong', file, actual };
  }
  return wrong ?? { is: 'missing', names: files };
}

export function listSources({ inputs }: PlannedBuild): readonly PlannedSource[] {
  return [...inputs.values()].filter((input) => input.is === 'source');
}

/** The files of sources of a build, or a failure that says what is wrong with one. */
export async function findSources(
  { name }: PlannedBuild,
  sources: readonly PlannedSource[],
  signal: AbortSignal,
): Promise<ReadonlyMap<PlannedSource, string>> {
  const files = new Map<PlannedSource, string>();
  for (const source of sources) {
    const found = await findSource(source, signal);
    if (found.is === 'wrong') return refuseSource(source, name, found);
    if (found.is === 'missing') {
      const { uris } = source.origin;
      const missing = { package: name, names: found.names, uris };
      throw new EntryPointError({ kind: 'source-missing', ...missing });
    }
    files.set(source, found.file);
  }
  return files;
}

function refuseSource(
  { origin }: PlannedSource,
  of: string,
  { file, actual }: { readonly file: string; readonly actual: Buffer },
): never {
  throw new EntryPointError({
    ...{ kind: 'source-mismatch', package: of, file },
    ...{ expected: encodeNixBase32(origin.sha256), actual: encodeNixBase32(actual) },
  });
}

/** Sees to it that a source is in the store, where its build looks for it. */
export async function storeSource(
  source: PlannedSource,
  { of, ...copying }: Copying & { readonly of: string },
): Promise<void> {
  const { origin, store, derivation } = source;
  const { file, copy, signal } = copying;
  writeFileSync(toPhysical(store, derivation.path), derivation.text);
  if (await isStored(source, signal)) return;
  // What counts is what the copy has.
  const actual = await copyHashed(copying);
  if (!actual.equals(origin.sha256)) refuseSource(source, of, { file, actual });
  chmodSync(copy, 0o444);
  const place = toPhysical(store, derivation.output);
  renameSync(copy, place);
  normalizeTop(place);
}

/** Whether a source is in the store as it is to be. */
export async function isStored(
  { origin, store, derivation }: PlannedSource,
  signal: AbortSignal,
): Promise<boolean> {
  const place = toPhysical(store, derivation.output);
  if (lstatSync(place, { throwIfNoEntry: false })?.isFile() !== true) return false;
  return (await hashFile(place, signal)).equals(origin.sha256);
}

type Copying = {
  /** Where it was found. */
  readonly file: string;
  /** Where it can be copied to before it is in the store. */
  readonly copy: string;
  readonly signal: AbortSignal;
};

async function copyHashed({ file, copy, signal }: Copying): Promise<Buffer> {
  const hash = createHash('sha256');
  async function* pass(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      hash.update(piece);
      yield piece;
    }
  }
  await pipeline(createReadStream(file), pass, createWriteStream(copy), { signal });
  return hash.digest();
}

async function hashFile(file: string, signal: AbortSignal): Promise<Buffer> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'input-unreadable', file, reason }, { cause });
  }
  return hash.digest();
}
