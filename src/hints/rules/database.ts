import type { Hint } from '../../errors/hint.ts';
import { quoteWords } from '../../events/quote.ts';
import { findWords, type Scene } from '../scene.ts';

/** Where that of the profile is which holds the daemon itself. */
const newest = {
  guix: '/var/guix/profiles/per-user/root/current-guix/bin/guix-daemon',
  nix: '/nix/var/nix/profiles/default/bin/nix-daemon',
} as const;

/** What the daemon knows of the store can't be read, or was written by a newer one. */
export function findDatabaseFault({ kind, daemonWords, stateDirectory }: Scene): Hint | undefined {
  const newer = findWords(daemonWords, /schema is version (\d+), but I only support (\d+)/);
  if (newer !== undefined) {
    return {
      meaning: `The store was last used by a newer ${kind.title} (its database has the schema ${newer[1]}, this daemon's is ${newer[2]}). Take the daemon of that ${kind.title}:`,
      command: `guix-entry-point --daemon-program=${newest[kind.name]} …`,
    };
  }
  const broken =
    /db\/schema['’"] is corrupt|file is not a database|database disk image is malformed|file is encrypted or is not a database/;
  if (findWords(daemonWords, broken) === undefined) return undefined;
  return {
    meaning: `The database of the store is broken, as by a copy that was cut short. Take the image or the volume anew; or begin with an empty one, to which everything in the store is unknown until it is built or fetched again:`,
    command: `mv ${quoteWords([`${stateDirectory}/db`, `${stateDirectory}/db.broken`])}`,
  };
}
