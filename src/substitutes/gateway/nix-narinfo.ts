import { createPublicKey, verify } from 'node:crypto';
import { encodeNixBase32 } from '../../store/base32.ts';
import type { PublicKey } from '../keys.ts';
import { isContentAddressed } from './content-address.ts';
import { listValues, type NarinfoForm, readFields, readNars, type Verdict } from './narinfo.ts';
import { readHash } from './nix-hash.ts';

/**
 * Reads narinfos and looks whether Nix would take them for what was asked for: one signature of a key
 * that is trusted is enough, and what is addressed by its content needs none.
 */
export const nixNarinfo: NarinfoForm = {
  // Items keep the signatures with which they came, from wherever that was.
  isServersOwn: false,
  // Nix asks five times what a server can't answer, and gives up the build then.
  statusOfUnknown: 404,
  // Build logs, and what derivations that are addressed by their content came to.
  others: /^\/(?:log|realisations|build-trace-v\d+)(?:\/[\w:!+?=-][\w.:!+?=-]*)+$/,
  read(bytes, { hash, store }) {
    const fields = readFields(bytes.toString());
    const {
      StorePath: storePath,
      NarHash: narHash,
      NarSize: size,
      ...others
    } = Object.fromEntries(fields);
    const nars = readNars(fields);
    const digest = readHash(narHash ?? '');
    if (!storePath || !narHash || digest === undefined || !/^\d+$/.test(size ?? '')) {
      return { is: 'malformed' };
    }
    if (nars.length === 0) return { is: 'malformed' };
    if (!storePath.startsWith(`${store}/${hash}-`)) return { is: 'of another item' };
    const names = (others['References'] ?? '').split(' ').filter(Boolean);
    const references = [...new Set(names)].toSorted().map((name) => `${store}/${name}`);
    const shown = `${digest.algorithm}:${encodeNixBase32(digest.bytes)}`;
    // ValidPathInfo::fingerprint in Nix's path-info.cc
    const fingerprint = ['1', storePath, shown, size, references.join(',')].join(';');
    const signatures = listValues(fields, 'Sig');
    const address = others['CA'];
    return {
      ...{ bytes, storePath, narHash, nars },
      judge: (trusted) =>
        address && isContentAddressed(address, { store, storePath, references })
          ? { is: 'good' }
          : judge(fingerprint, signatures, trusted),
    };
  },
};

function judge(
  fingerprint: string,
  signatures: readonly string[],
  trusted: ReadonlySet<PublicKey>,
): Verdict {
  const whole = [...trusted].filter(isWhole);
  // Of several with one name, Nix knows the first.
  const keys = new Map(whole.toReversed().map((key) => [split(key).name, key]));
  const signed = signatures.map((signature) => ({ ...split(signature), signature }));
  const known = signed.flatMap(({ name, text }) => {
    const publicKey = keys.get(name);
    return publicKey === undefined ? [] : [{ publicKey, text }];
  });
  const [first] = signed;
  if (first === undefined) return { is: 'unsigned' };
  if (known.length === 0) return { is: 'unauthorized', publicKey: first.name };
  const good = known.find(({ publicKey, text }) => isSignedBy(publicKey, fingerprint, text));
  return good === undefined ? { is: 'falsely signed' } : { is: 'good', publicKey: good.publicKey };
}

/** Of a key that isn't trusted, only the name is known. */
function isWhole(publicKey: PublicKey): boolean {
  return split(publicKey).text !== '';
}

/** `NAME:BASE64`, keys as well as signatures. */
function split(text: string): { readonly name: string; readonly text: string } {
  const [name = '', rest = ''] = text.split(/:(.*)/s);
  return { name, text: rest };
}

function isSignedBy(publicKey: PublicKey, fingerprint: string, signature: string): boolean {
  const bytes = Buffer.from(split(publicKey).text, 'base64');
  if (bytes.length !== 32) return false;
  const key = createPublicKey({
    key: Buffer.concat([ed25519Prefix, bytes]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, Buffer.from(fingerprint), key, Buffer.from(signature, 'base64'));
}

/** What stands before the bytes of a key in a SubjectPublicKeyInfo (RFC 8410). */
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');
