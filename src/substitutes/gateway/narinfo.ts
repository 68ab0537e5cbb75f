import { createHash } from 'node:crypto';
import type { PublicKey } from '../keys.ts';
import { findLists, parseSexp, renderSexp, type Sexp } from '../sexp.ts';
import { isSound, readDigest } from './signature.ts';

/** What a server says of a store item: where its nar is, and what it hashes to, signed. */
export type Narinfo = {
  /** As the server sent it. Guix checks the signature over these very bytes. */
  readonly bytes: Buffer;
  readonly storePath: string;
  readonly narHash: string;
  /** The same item in different compressions. */
  readonly nars: readonly Nar[];
  readonly signature: Sexp;
  /** The digest of what is signed, in hexadecimal capitals. */
  readonly digest: string;
  readonly publicKey: PublicKey;
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

/** What must stand above the signature, so that it is signed (narinfo-sha256 in guix/narinfo.scm). */
const signedFields = ['StorePath', 'NarHash', 'References'];

/**
 * Reads a narinfo and looks whether Guix would take it for what was asked for. Guix skips one that is
 * not signed by an authorized key, and a good one of another server would stand behind it.
 */
export function readNarinfo(
  bytes: Buffer,
  wanted: { readonly hash: string; readonly store: string; readonly acl: ReadonlySet<PublicKey> },
): Narinfo | Objection {
  const narinfo = parseNarinfo(bytes);
  if ('is' in narinfo) return narinfo;
  const { storePath, signature, digest, publicKey } = narinfo;
  if (!storePath.startsWith(`${wanted.store}/${wanted.hash}-`)) return { is: 'of another item' };
  if (!wanted.acl.has(publicKey)) return { is: 'unauthorized', publicKey };
  return readDigest(signature) === digest && isSound(signature)
    ? narinfo
    : { is: 'falsely signed' };
}

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

function parseNarinfo(bytes: Buffer): Narinfo | Objection {
  const start = bytes.indexOf('Signature:');
  if (start === -1) return { is: 'unsigned' };
  const above = bytes.subarray(0, start);
  const signed = new Map(readFields(above.toString()));
  const fields = readFields(bytes.toString());
  const [storePath, narHash] = [signed.get('StorePath'), signed.get('NarHash')];
  const signature = readSignature(fields.find(([name]) => name === 'Signature')?.[1] ?? '');
  if (!signedFields.every((name) => signed.has(name))) return { is: 'unsigned' };
  const nars = readNars(fields);
  const [publicKey] = findLists(signature, 'public-key');
  if (storePath === undefined || narHash === undefined || nars.length === 0) {
    return { is: 'malformed' };
  }
  if (signature === undefined || publicKey === undefined) return { is: 'unsigned' };
  const digest = createHash('sha256').update(above).digest('hex').toUpperCase();
  return { bytes, storePath, narHash, nars, signature, digest, publicKey: renderSexp(publicKey) };
}

/** `Name: value`, a line each. */
function readFields(text: string): (readonly [name: string, value: string])[] {
  return text.split('\n').flatMap((line) => {
    const [, name, value] = /^([A-Za-z]+):[ \t]*(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.trimEnd()] as const];
  });
}

/** `1;HOST;BASE64`, the last of which is an s-expression. */
function readSignature(value: string): Sexp | undefined {
  const [version, , text, ...more] = value.split(';');
  if (version !== '1' || text === undefined || more.length > 0) return undefined;
  try {
    // Guix takes the bytes of libgcrypt for ISO 8859-1, and encodes that in UTF-8.
    return parseSexp(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Fields that belong together have the same place among those of their name. */
function readNars(fields: readonly (readonly [string, string])[]): Nar[] {
  const values = (wanted: string) =>
    fields.filter(([name]) => name === wanted).map(([, value]) => value);
  const [compressions, sizes] = [values('Compression'), values('FileSize')];
  return values('URL').map((url, index) => {
    const size = /^\d{1,15}$/.test(sizes[index] ?? '') ? Number(sizes[index]) : undefined;
    return { url, compression: compressions[index] ?? 'none', size };
  });
}
