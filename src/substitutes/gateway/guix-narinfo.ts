import { createHash } from 'node:crypto';
import { findLists, parseSexp, renderSexp, type Sexp } from '../sexp.ts';
import { isSound, readDigest } from './libgcrypt.ts';
import { listValues, type NarinfoForm, readFields, readNars } from './narinfo.ts';

/** What must stand above the signature, so that it is signed (narinfo-sha256 in guix/narinfo.scm). */
const signedFields = ['StorePath', 'NarHash', 'References'];

/**
 * Reads narinfos and looks whether Guix would take them for what was asked for. Guix skips one that is
 * not signed by an authorized key, and a good one of another server would stand behind it.
 */
export const guixNarinfo: NarinfoForm = {
  isServersOwn: true,
  // Guix asks for what is absent again after a longer time than for this.
  statusOfUnknown: 504,
  others: undefined,
  read(bytes, { hash, store }) {
    const start = bytes.indexOf('Signature:');
    if (start === -1) return { is: 'unsigned' };
    const above = bytes.subarray(0, start);
    const signed = new Map(readFields(above.toString()));
    const fields = readFields(bytes.toString());
    const [storePath, narHash] = [signed.get('StorePath'), signed.get('NarHash')];
    const signature = readSignature(listValues(fields, 'Signature')[0] ?? '');
    if (!signedFields.every((name) => signed.has(name))) return { is: 'unsigned' };
    const nars = readNars(fields);
    const [key] = findLists(signature, 'public-key');
    if (storePath === undefined || narHash === undefined || nars.length === 0) {
      return { is: 'malformed' };
    }
    if (signature === undefined || key === undefined) return { is: 'unsigned' };
    if (!storePath.startsWith(`${store}/${hash}-`)) return { is: 'of another item' };
    const publicKey = renderSexp(key);
    return {
      ...{ bytes, storePath, narHash, nars },
      judge(trusted) {
        if (!trusted.has(publicKey)) return { is: 'unauthorized', publicKey };
        const digest = createHash('sha256').update(above).digest('hex').toUpperCase();
        return readDigest(signature) === digest && isSound(signature)
          ? { is: 'good', publicKey }
          : { is: 'falsely signed' };
      },
    };
  },
};

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
