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
  /** What is the daemon's to write: the store, what it keeps about the store, and others. */
  readonly directories: readonly string[];
  readonly environment: Environment;
};

/**
 * Root, with build users to build as; or an ordinary user who owns the store, which daemons of Guix 1.5
 * can be. `named` is who was asked for. Else it is whoever we are; for root it is the owner of the
 * store, from whom a daemon of root's would take it away.
 */
export function chooseAccount(named: string | undefined, places: Places): Account {
  const us = process.geteuid?.() ?? 0;
  const whom = named ?? (us === 0 ? findOwner(places.directories) : undefined);
  const user = whom === undefined ? { id: us, name: undefined } : findUser(whom);
  if (user.id === 0 && us === 0) return { isRoot: true, by: [], environment: places.environment };
  if (user.id !== us && us !== 0) {
    throw new EntryPointError({ kind: 'daemon-user-not-us', user: named ?? '' });
  }
  refuseForeign(user, places.directories);
  return user.id === us
    ? { isRoot: false, by: [], environment: places.environment }
    : becomeOther(findUser(whom ?? ''), places.environment);
}

/** The ordinary user to whom all of it was given; a store alone that is another's is a mistake. */
function findOwner(directories: readonly string[]): string | undefined {
  const owners = directories
    .slice(0, 2)
    .map((directory) => statSync(directory, { throwIfNoEntry: false })?.uid);
  const [owner = 0, other] = owners;
  return owner !== 0 && owner === other
    ? listUsers().find(({ id }) => id === owner)?.name
    : undefined;
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

function findUser(named: string): User {
  const user = listUsers().find(({ name, id }) => name === named || String(id) === named);
  if (user === undefined) throw new EntryPointError({ kind: 'daemon-user-unknown', user: named });
  return user;
}

/** From `/etc/passwd`. */
function listUsers(): readonly User[] {
  return readUsers()
    .split('\n')
    .map((line) => line.split(':'))
    .filter(({ length }) => length >= 6)
    .map(([name = '', , id, group, , home = '/']) => {
      return { name, id: Number(id), group: Number(group), home };
    });
}

function readUsers(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
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
