import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, createReadStream, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { encodeNixBase32 } from '../store/base32.ts';
import { normalizeTop } from './build/normalize.ts';
import { fullName, type Package } from './definitions/package.ts';
import type { PlannedBuild, PlannedSource } from './plan.ts';
import { toPhysical } from './stores.ts';

const endings = ['', '.tar', '.tar.gz', '.tgz', '.tar.xz', '.txz', '.tar.bz2', '.tbz2'];

/** What became of looking for a source in the working directory. */
type FoundSource =
  | { readonly is: 'right'; readonly file: string }
  | { readonly is: 'missing'; readonly names: readonly string[] }
  /** There is one, and its SHA-256 is another; in base32. */
  | { readonly is: 'wrong'; readonly file: string; readonly actual: string };

/** Looks for the source under each name that it may have; the first with the right hash is it. */
export async function findSource({ origin, name }: PlannedSource): Promise<FoundSource> {
  const names = [origin.fileName, ...endings.map((ending) => `${name}${ending}`)];
  const files = [...new Set(names)].map((one) => `./${one}`);
  let wrong: FoundSource | undefined;
  for (const file of files) {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const actual = await hashFile(file);
    if (actual.equals(origin.sha256)) return { is: 'right', file };
    wrong ??= { is: 'wrong', file, actual: encodeNixBase32(actual) };
  }
  return wrong ?? { is: 'missing', names: files };
}

/** All sources of a build must be there before anything is built. */
export async function requireSources({ package: of, inputs }: PlannedBuild): Promise<void> {
  for (const input of inputs.values()) {
    if (input.is === 'source') await requireSource(input, of);
  }
}

/** The source's file, or a failure that says what is wrong with it. */
async function requireSource(source: PlannedSource, of: Package): Promise<string> {
  const found = await findSource(source);
  if (found.is === 'right') return found.file;
  if (found.is === 'wrong') return refuseSource(source, of, found);
  const { uris } = source.origin;
  const missing = { package: fullName(of), names: found.names, uris };
  throw new EntryPointError({ kind: 'source-missing', ...missing });
}

function refuseSource(
  { origin }: PlannedSource,
  of: Package,
  { file, actual }: { readonly file: string; readonly actual: string },
): never {
  const expected = encodeNixBase32(origin.sha256);
  const failure = { package: fullName(of), file, expected, actual };
  throw new EntryPointError({ kind: 'source-mismatch', ...failure });
}

/** Copies a source into the store, where its build looks for it. What counts is what the copy has. */
export async function storeSource(source: PlannedSource, of: Package): Promise<void> {
  const file = await requireSource(source, of);
  const { origin, store, derivation } = source;
  const place = toPhysical(store, derivation.output);
  const unfinished = `${store.directory}/.${randomUUID()}`;
  try {
    await copyFile(file, unfinished);
    const actual = await hashFile(unfinished);
    if (!actual.equals(origin.sha256)) {
      refuseSource(source, of, { file, actual: encodeNixBase32(actual) });
    }
    chmodSync(unfinished, 0o444);
    renameSync(unfinished, place);
    normalizeTop(place);
    writeFileSync(toPhysical(store, derivation.path), derivation.text);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

async function hashFile(file: string): Promise<Buffer> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (cause) {
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'input-unreadable', file, reason }, { cause });
  }
  return hash.digest();
}
