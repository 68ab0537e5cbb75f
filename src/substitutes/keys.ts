import { findLists, parseSexp, renderSexp, type Sexp } from './sexp.ts';

/** A public key that signs substitutes; the same text for the same key. */
export type PublicKey = string;

/** The key in a file as `guix archive --authorize` takes it; `undefined` if it holds none. */
export function readPublicKey(text: string): PublicKey | undefined {
  try {
    const sexp = parseSexp(text);
    return isEd25519(sexp) ? renderSexp(sexp) : undefined;
  } catch {
    return undefined;
  }
}

/** The one kind that Guix makes, `(public-key (ecc (curve Ed25519) (q #32 bytes#)))`. */
function isEd25519(sexp: Sexp): boolean {
  return /^\(public-key \(ecc \(curve Ed25519\) \(q #[0-9A-F]{64}#\)\)\)$/.test(renderSexp(sexp));
}

/** The keys that an access control list authorizes, from the text of `/etc/guix/acl`. */
export function readAcl(text: string): ReadonlySet<PublicKey> {
  const entries = findLists(parseSexp(text), 'entry');
  const importers = entries.filter((entry) =>
    findLists(entry, 'tag').some((tag) => renderSexp(tag) === '(tag (guix import))'),
  );
  return new Set(importers.flatMap((entry) => findLists(entry, 'public-key')).map(renderSexp));
}
