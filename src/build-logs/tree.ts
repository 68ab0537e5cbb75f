import { lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errorCode } from '../errors/system.ts';

// The daemon's tree of logs: that of `/gnu/store/abcdef…-hello-2.12.drv` is
// `drvs/ab/cdef…-hello-2.12.drv.gz`, `.bz2` or plain, as `--log-compression` wants it. It is made when
// a build begins, and made anew when the derivation is built again.

/** A log in the tree. */
export type StoredLog = {
  readonly derivation: string;
  readonly log: string;
  /** When it was made, 0 if the file system doesn't know; in milliseconds since the epoch. */
  readonly begunAt: number;
  readonly writtenAt: number;
  /** How many bytes it takes as it is stored. */
  readonly storedSize: number;
};

/** Told of what can't be looked at. */
type Unreadable = (path: string, error: unknown) => void;

const endings = ['.gz', '.bz2', ''];

/**
 * The log of a derivation; the newest, should its format have changed. What can't be looked at is
 * not one: its directory may be anything, for one a link to itself.
 */
export function findLog(drvs: string, derivation: string): StoredLog | undefined {
  const name = basename(derivation);
  const stem = join(drvs, name.slice(0, 2), name.slice(2));
  const logs = endings.flatMap((ending) =>
    attempt(
      () => look(derivation, `${stem}${ending}`),
      () => {},
    ),
  );
  return newest(logs);
}

/** The log of every derivation that has one; what can't be looked at is left out. */
export function listLogs(
  drvs: string,
  store: string,
  unreadable: Unreadable = () => {},
): StoredLog[] {
  const found = list(drvs, unreadable)
    .filter((start) => /^[0-9a-z]{2}$/.test(start))
    .flatMap((start) =>
      list(join(drvs, start), unreadable).flatMap((name) => {
        const [, rest] = /^([0-9a-z]{30}-[\w+.?=-]+\.drv)(?:\.gz|\.bz2)?$/.exec(name) ?? [];
        if (rest === undefined) return [];
        const log = join(drvs, start, name);
        return attempt(
          () => look(join(store, `${start}${rest}`), log),
          (error) => unreadable(log, error),
        );
      }),
    );
  const logs = Map.groupBy(found, ({ derivation }) => derivation);
  return [...logs.values()].flatMap((same) => newest(same) ?? []);
}

function look(derivation: string, log: string): StoredLog[] {
  const found = lstatSync(log, { throwIfNoEntry: false });
  if (found?.isFile() !== true) return [];
  return [
    {
      derivation,
      log,
      begunAt: found.birthtimeMs,
      writtenAt: found.mtimeMs,
      storedSize: found.size,
    },
  ];
}

function newest(logs: readonly StoredLog[]): StoredLog | undefined {
  return logs.toSorted((one, other) => other.writtenAt - one.writtenAt)[0];
}

function list(directory: string, unreadable: Unreadable): readonly string[] {
  return attempt(
    () => readdirSync(directory),
    (error) => {
      if (!absent.has(errorCode(error))) unreadable(directory, error);
    },
  );
}

/** What the system says where there is no such directory. */
const absent: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR']);

function attempt<One>(action: () => One[], failed: (error: unknown) => void): One[] {
  try {
    return action();
  } catch (error) {
    failed(error);
    return [];
  }
}
