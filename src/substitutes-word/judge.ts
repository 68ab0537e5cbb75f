import type { PublicKey } from '../substitutes/keys.ts';
import type { Measurement } from '../substitutes/measure.ts';

/** What is known of keys. */
export type Keys = {
  /** Those in our files, by the names of these. */
  readonly files: ReadonlyMap<string, PublicKey>;
  /** Those whose signatures count on this machine. */
  readonly authorized: ReadonlySet<PublicKey>;
};

/** A server as it was measured, and what its key is worth here. */
export type Judged = Measurement & {
  /** The name of the key's file, if it is one of ours. */
  readonly key: string | undefined;
  /** `undefined`: nobody knows its key. */
  readonly authorized: boolean | undefined;
};

/** The key of a server is the one that it was seen to sign with, else the one that the list names. */
export function judge(measurement: Measurement, { files, authorized }: Keys): Judged {
  const { server } = measurement;
  const listed = server.key === undefined ? undefined : files.get(server.key);
  const publicKey = measurement.publicKey ?? listed;
  const key =
    publicKey === listed ? server.key : [...files].find(([, known]) => known === publicKey)?.[0];
  return {
    ...measurement,
    publicKey,
    key,
    authorized: publicKey === undefined ? undefined : authorized.has(publicKey),
  };
}
