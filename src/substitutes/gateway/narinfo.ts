import type { PublicKey } from '../keys.ts';

/** What a server says of a store item: where its nar is, and what it hashes to. */
export type Narinfo = {
  /** As the server sent it. What is signed is these very bytes, or what they say. */
  readonly bytes: Buffer;
  readonly storePath: string;
  readonly narHash: string;
  /** The same item in different compressions. */
  readonly nars: readonly Nar[];
  /** Whether it counts where these keys are trusted. */
  readonly judge: (trusted: ReadonlySet<PublicKey>) => Verdict;
};

/** A packed store item on a server; what says so is not signed. */
export type Nar = {
  /** As a rule relative to the server's URL. */
  readonly url: string;
  readonly compression: string;
  /** In bytes, as it is packed. */
  readonly size: number | undefined;
};

/** Why a narinfo is not one to hand on. */
export type Objection =
  | { readonly is: 'malformed' | 'unsigned' | 'of another item' | 'falsely signed' }
  | { readonly is: 'unauthorized'; readonly publicKey: PublicKey };

/** The trusted key that has signed it; none where it needs none. */
export type Verdict = { readonly is: 'good'; readonly publicKey?: PublicKey } | Objection;

/** A narinfo, as the ones who take it write and judge it. */
export type NarinfoForm = {
  readonly read: (bytes: Buffer, wanted: Wanted) => Narinfo | Objection;
  /** Whether a server signs all that it has, with one key. */
  readonly isServersOwn: boolean;
  /** What to answer when it can't be found out whether there is one. */
  readonly statusOfUnknown: number;
  /** The paths of other things that a server may be asked for, and for which its word is taken. */
  readonly others: RegExp | undefined;
};

/** The hash in the name of a store item, and the store. */
export type Wanted = { readonly hash: string; readonly store: string };

/**
 * What else a server says of an item whose narinfo is known: where its nar is. Nobody has to vouch for
 * that, as what comes is held against the known one.
 */
export function readOffer(
  bytes: Buffer,
  { storePath, narHash }: Pick<Narinfo, 'storePath' | 'narHash'>,
): readonly Nar[] {
  const fields = readFields(bytes.toString());
  const says = (name: string, value: string): boolean =>
    fields.some(([other, its]) => other === name && its === value);
  return says('StorePath', storePath) && says('NarHash', narHash) ? readNars(fields) : [];
}

export type Fields = readonly (readonly [name: string, value: string])[];

/** `Name: value`, a line each. */
export function readFields(text: string): Fields {
  return text.split('\n').flatMap((line) => {
    const [, name, value] = /^([A-Za-z]+):[ \t]*(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.trimEnd()] as const];
  });
}

/** All values of the fields with a name. */
export function listValues(fields: Fields, wanted: string): readonly string[] {
  return fields.filter(([name]) => name === wanted).map(([, value]) => value);
}

/** Fields that belong together have the same place among those of their name. */
export function readNars(fields: Fields): Nar[] {
  const [compressions, sizes] = [listValues(fields, 'Compression'), listValues(fields, 'FileSize')];
  return listValues(fields, 'URL').map((url, index) => {
    const size = /^\d{1,15}$/.test(sizes[index] ?? '') ? Number(sizes[index]) : undefined;
    return { url, compression: compressions[index] ?? 'none', size };
  });
}
