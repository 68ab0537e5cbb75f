import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import { type KeyFile, keyDirectory, listKeyFiles } from '../substitutes/key-files.ts';
import { type PublicKey, readPublicKey } from '../substitutes/keys.ts';

/** A key, by the name of its file. */
export type Key = { readonly name: string; readonly publicKey: PublicKey };

/** Something that should hold a key. */
export type KeyText = Pick<KeyFile, 'name' | 'read'>;

/** The files of all keys, built in and mounted; nothing where the latter can't be looked at. */
export function findKeyFiles(report: Report): readonly KeyFile[] {
  try {
    return listKeyFiles();
  } catch (error) {
    const failure = { kind: 'key-unreadable', file: keyDirectory } as const;
    report({ event: 'failure', failure: { ...failure, reason: renderSystemError(error) } });
    return [];
  }
}

/** The key that a file holds; an error that names it if that is no public key. */
export function readKey({ name, read }: KeyText): Key {
  const text = readText(name, read);
  const publicKey = readPublicKey(text);
  if (publicKey !== undefined) return { name, publicKey };
  const isPrivate = text.includes('(private-key');
  throw new EntryPointError({ kind: 'key-malformed', file: name, isPrivate });
}

function readText(file: string, read: () => string): string {
  try {
    return read();
  } catch (cause) {
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'key-unreadable', file, reason }, { cause });
  }
}

/** The keys of those files that hold one; what is wrong with the others is told. */
export function readKeys(files: readonly KeyText[], report: Report): readonly Key[] {
  return files.flatMap((file) => {
    try {
      return [readKey(file)];
    } catch (error) {
      if (!(error instanceof EntryPointError)) throw error;
      report({ event: 'failure', failure: error.failure });
      return [];
    }
  });
}
