import { readFileSync, statSync } from 'node:fs';
import { EntryPointError } from '../errors/failure.ts';
import { findOnPath } from '../processes/path.ts';

type Environment = Readonly<Record<string, string>>;

/** As whom a daemon runs. */
export type Account = {
  readonly isRoot: boolean;
  /** What executes a program as that user, with its arguments; none: we are that user. */
  readonly by: readonly string[];
  readonly environment: Environment;
};

type Places = {
  /** What is the daemon's to write, the store first. */
  readonly directories: readonly string[];
  readonly environment: Environment;
};

/**
 * Root, with build users to build as; or an ordinary user who owns the store, which daemons of Guix 1.5
 * can be. `named` is who was asked for; else it is whoever we are.
 */
export function chooseAccount(named: string | undefined, places: Places): Account {
  const us = process.geteuid?.() ?? 0;
  const user = named === undefined ? { id: us, name: undefined } : findUser(named);
  if (user.id === 0 && us === 0) return { isRoot: true, by: [], environment: places.environment };
  if (user.id !== us && us !== 0) {
    throw new EntryPointError({ kind: 'daemon-user-not-us', user: named ?? '' });
  }
  refuseForeign(user, places.directories);
  return user.id === us
    ? { isRoot: false, by: [], environment: places.environment }
    : becomeOther(findUser(named ?? ''), places.environment);
}

function isEverybodys(mode: number): boolean {
  return (mode & 0o002) !== 0;
}

type User = {
  readonly id: number;
  readonly group: number;
  readonly name: string;
  readonly home: string;
};

/** From `/etc/passwd`. */
function findUser(named: string): User {
  const fields = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name, , id]) => name === named || id === named);
  if (fields === undefined) throw new EntryPointError({ kind: 'daemon-user-unknown', user: named });
  const [name = named, , id, group, , home = '/'] = fields;
  return { id: Number(id), group: Number(group), name, home };
}

/** A daemon that isn't root can't build in a store that is another's. */
function refuseForeign(
  { id, name }: { readonly id: number; readonly name: string | undefined },
  directories: readonly string[],
): void {
  const foreign = directories.filter((directory) => {
    const found = statSync(directory, { throwIfNoEntry: false });
    return found !== undefined && found.uid !== id && !isEverybodys(found.mode);
  });
  if (foreign.length > 0) {
    const user = name ?? String(id);
    throw new EntryPointError({ kind: 'store-not-owned', user, directories: foreign });
  }
}

/** As `su` does it, and without a process in between: setpriv(1) of util-linux executes the program. */
function becomeOther({ id, group, name, home }: User, environment: Environment): Account {
  const setpriv = findOnPath('setpriv', environment['PATH']);
  if (setpriv === undefined) throw new EntryPointError({ kind: 'setpriv-not-found', user: name });
  const { XDG_CACHE_HOME: _ours, ...rest } = environment;
  return {
    isRoot: false,
    by: [setpriv, `--reuid=${id}`, `--regid=${group}`, '--init-groups', '--'],
    environment: { ...rest, HOME: home, USER: name, LOGNAME: name },
  };
}
