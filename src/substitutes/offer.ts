import { unlessAborted } from './gateway/abort.ts';
import { isBelow } from './gateway/catalog.ts';
import { narinfoForms } from './gateway/forms.ts';
import type { Nar } from './gateway/narinfo.ts';
import { renderNetworkError } from './gateway/network-error.ts';
import { HttpStatus, type Upstream } from './gateway/upstream.ts';
import type { Kind } from '../daemon/kind.ts';
import type { PublicKey } from './keys.ts';

/** What a server turns out to have. */
export type Offer = {
  /** Where the largest nar is. */
  readonly nar?: string;
  /** The key that signed its narinfo. */
  readonly publicKey?: PublicKey | undefined;
  /** Why it has nothing of use, if that is not for lack of the items. */
  readonly problem?: string;
};

type Wanted = {
  readonly kind: Pick<Kind, 'name' | 'store'>;
  readonly trusted: ReadonlySet<PublicKey>;
  readonly hashes: readonly string[];
};

/** Asks a server for some store items, all at once, and chooses the largest that it has. */
export async function findOffer(
  upstream: Upstream,
  wanted: Wanted,
  enough: AbortSignal,
): Promise<Offer> {
  const signal = AbortSignal.any([enough, AbortSignal.timeout(answersTake)]);
  const answers = await Promise.all(
    wanted.hashes.map(async (hash) => read(await ask(upstream, hash, signal), hash, wanted)),
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

type Signed = { readonly nars: readonly Nar[]; readonly publicKey?: PublicKey | undefined };

/** Whoever signed it: that its key is trusted is not asked for here. */
function read(
  answer: Buffer | undefined | string,
  hash: string,
  { kind, trusted }: Wanted,
): Signed | undefined | string {
  if (answer === undefined || typeof answer === 'string') return answer;
  const narinfo = narinfoForms[kind.name].read(answer, { hash, store: kind.store });
  if ('is' in narinfo) return `a narinfo of it is ${narinfo.is}`;
  const asOfNobody = narinfo.judge(trusted);
  const verdict =
    asOfNobody.is === 'unauthorized' ? narinfo.judge(new Set([asOfNobody.publicKey])) : asOfNobody;
  return verdict.is === 'good' || verdict.is === 'unauthorized'
    ? { nars: narinfo.nars, publicKey: verdict.publicKey }
    : `a narinfo of it is ${verdict.is}`;
}
