import { unlessAborted } from './gateway/abort.ts';
import { isBelow } from './gateway/catalog.ts';
import { type Narinfo, type Objection, readNarinfo } from './gateway/narinfo.ts';
import { renderNetworkError } from './gateway/network-error.ts';
import { HttpStatus, type Upstream } from './gateway/upstream.ts';
import type { PublicKey } from './keys.ts';

/** What a server turns out to have. */
export type Offer = {
  /** Where the largest nar is. */
  readonly nar?: string;
  /** The key that signed its narinfo. */
  readonly publicKey?: PublicKey;
  /** Why it has nothing of use, if that is not for lack of the items. */
  readonly problem?: string;
};

type Wanted = { readonly store: string; readonly hashes: readonly string[] };

/** Asks a server for some store items, all at once, and chooses the largest that it has. */
export async function findOffer(
  upstream: Upstream,
  { store, hashes }: Wanted,
  enough: AbortSignal,
): Promise<Offer> {
  const signal = AbortSignal.any([enough, AbortSignal.timeout(answersTake)]);
  const answers = await Promise.all(
    hashes.map(async (hash) => read(await ask(upstream, hash, signal), { hash, store })),
  );
  const narinfos = answers.filter((answer) => typeof answer === 'object');
  if (narinfos.length === 0) {
    const problem = answers.find((answer) => typeof answer === 'string');
    return problem === undefined ? {} : { problem };
  }
  const nars = narinfos.flatMap(({ nars: those, publicKey }) =>
    those.map(({ url, size = 0 }) => ({ nar: url, size, publicKey })),
  );
  const [largest] = nars
    // Only of the listed servers anything is asked.
    .filter(({ nar }) => isBelow(nar, upstream))
    .toSorted((one, other) => other.size - one.size);
  return largest === undefined
    ? { problem: 'its narinfos name other servers' }
    : { nar: largest.nar, publicKey: largest.publicKey };
}

const answersTake = 1000; // ms

/** The bytes of a narinfo, `undefined` if it hasn't got it, or what went wrong in words. */
async function ask(
  upstream: Upstream,
  hash: string,
  signal: AbortSignal,
): Promise<Buffer | undefined | string> {
  try {
    const asked = upstream.fetchFile(`${hash}.narinfo`, signal);
    const { statusCode, bytes } = await unlessAborted(asked, signal);
    if (statusCode >= 500 || statusCode === 429) throw new HttpStatus(statusCode);
    return statusCode === 200 ? bytes : undefined;
  } catch (error) {
    const reason = signal.aborted ? 'no answer in time' : renderNetworkError(error);
    return `narinfos of it can't be had: ${reason}`;
  }
}

/** Whoever signed it: whether that key is authorized is not asked here. */
function read(
  answer: Buffer | undefined | string,
  { hash, store }: { readonly hash: string; readonly store: string },
): Narinfo | undefined | string {
  if (answer === undefined || typeof answer === 'string') return answer;
  const signers = new Set<PublicKey>();
  const asOfNobody = readNarinfo(answer, { hash, store, acl: signers });
  if ('is' in asOfNobody && asOfNobody.is === 'unauthorized') signers.add(asOfNobody.publicKey);
  const narinfo: Narinfo | Objection = readNarinfo(answer, { hash, store, acl: signers });
  return 'is' in narinfo ? `a narinfo of it is ${narinfo.is}` : narinfo;
}
