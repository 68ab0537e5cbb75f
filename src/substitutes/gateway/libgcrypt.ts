import { ed25519 } from '@noble/curves/ed25519.js';
import { follow, renderSexp, type Sexp } from '../sexp.ts';

// libgcrypt signs with ECDSA (FIPS 186-4, nonces of RFC 6979) on the curve of Ed25519: not with EdDSA,
// which is what all else knows that curve for. So the curve is a library's, and these lines are ours.

const { Point } = ed25519;
const { Fn } = Point;

/**
 * The multiples of a point are tabled for so many bits at a time, which makes it 6 times as fast. More
 * bits gain little, and take longer to make; the first narinfo waits for that.
 */
const tabledBits = 4;

/** The bits by which a SHA-256 is longer than the order of the curve: those count for nothing. */
const surplus = 3n;

/** The SHA-256 that a signature says it signs, in hexadecimal capitals. */
export function readDigest(signature: Sexp): string | undefined {
  const [algorithm, digest] = follow(signature, 'data', 'hash');
  return algorithm === 'sha256' ? readHex(digest) : undefined;
}

/**
 * Whether `(signature (data …) (sig-val …) (public-key …))` holds for the digest that it names. Of
 * keys other than Ed25519 that can't be said here: it is the daemon's to find out.
 */
export function isSound(signature: Sexp): boolean {
  const [curve] = follow(signature, 'public-key', 'ecc', 'curve');
  if (curve !== 'Ed25519') return true;
  const key = readHex(follow(signature, 'public-key', 'ecc', 'q')[0]);
  const digest = readDigest(signature);
  const [r, s] = ['r', 's'].map((part) => readHex(follow(signature, 'sig-val', 'ecdsa', part)[0]));
  if (key === undefined || digest === undefined || r === undefined || s === undefined) return false;
  try {
    return verify(toNumber(digest) >> surplus, key, { r: toNumber(r), s: toNumber(s) });
  } catch {
    // No number in the field, no point of the curve.
    return false;
  }
}

/** Does for once what takes 15 ms the first time, and 1 ms from then on. */
export function practise(): void {
  verify(Fn.ORDER >> 1n, Point.BASE.toHex(), { r: Fn.ORDER >> 2n, s: Fn.ORDER >> 3n });
}

function verify(
  message: bigint,
  key: string,
  { r, s }: { readonly r: bigint; readonly s: bigint },
): boolean {
  if (!Fn.isValidNot0(r) || !Fn.isValidNot0(s)) return false;
  const inverse = Fn.inv(s);
  const ofBase = findBase().multiplyUnsafe(Fn.mul(Fn.create(message), inverse));
  const ofKey = findPoint(key).multiplyUnsafe(Fn.mul(r, inverse));
  return Fn.create(ofBase.add(ofKey).toAffine().x) === r;
}

let base: typeof Point.BASE | undefined;

function findBase(): typeof Point.BASE {
  return (base ??= Point.BASE.precompute(tabledBits));
}

const points = new Map<string, typeof Point.BASE>();
const tabled = new Set<string>();

/**
 * The point of a key, of which few are authorized; tabled when it is used again. Throws if it is none
 * of the curve.
 */
function findPoint(key: string): typeof Point.BASE {
  const known = points.get(key);
  if (known === undefined) {
    const point = Point.fromHex(key.toLowerCase());
    points.set(key, point);
    return point;
  }
  // A second time would make the table anew.
  if (!tabled.has(key)) known.precompute(tabledBits);
  tabled.add(key);
  return known;
}

/** What an atom like `#00FF#` holds. */
function readHex(sexp: Sexp | undefined): string | undefined {
  return sexp === undefined ? undefined : /^#([0-9A-F]+)#$/.exec(renderSexp(sexp))?.[1];
}

function toNumber(hex: string): bigint {
  return BigInt(`0x${hex}`);
}
