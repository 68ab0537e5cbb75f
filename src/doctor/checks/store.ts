import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  type Stats,
  statSync,
} from 'node:fs';
import { errorCode, renderSystemError } from '../../errors/system.ts';
import { findMount } from '../../machine/mounts.ts';
import { quoteWords } from '../../events/quote.ts';
import { hasCapability, readPrivileges } from '../../machine/privileges.ts';
import { askDaemon, judgeOurDaemon } from '../answers.ts';
import { findBuildGroup } from '../build-group.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { findDaemonProgram } from '../daemon.ts';
import { findGivenTo, findOwner, nameOf, type Owner } from '../owner.ts';

/** Whether the store is there, can be written to, and belongs to whom it should. */
export const store: Check = {
  name: 'store',
  title: 'the store: there, writable, and owned as its daemon needs it',
  async examine(machine) {
    const { kind, environment } = machine;
    const owner = findOwner(machine);
    if (owner === undefined) {
      const text = `there is no user '${machine.options.daemonUser}' to own the store`;
      return [{ state: 'broken', text, ...makeUser(machine.options.daemonUser ?? '') }];
    }
    const other = findGivenTo(machine);
    if (other !== undefined) return [given(other)];
    const first = await examinePlace(kind.store, owner, machine);
    // What is said of the store goes for the rest of what its daemon writes.
    if (first.state === 'broken')
      return existsSync(kind.store) ? judgeOurDaemon([first], machine) : [first];
    return [first, await examinePlace(kind.stateDirectory(environment), owner, machine)];
  },
};

type Whose = { readonly owner: Owner; readonly machine: Machine };

/** Root's daemon would take it from them for good. */
function given(user: string): Finding {
  return {
    state: 'odd',
    text: `the store is ${user}'s`,
    meaning:
      'A daemon of root takes it away from them when it starts. To have it be theirs instead:',
    command: `guix-entry-point ${quoteWords([`--daemon-user=${user}`])} …`,
  };
}

function makeUser(user: string): Pick<Finding, 'meaning' | 'command'> {
  return {
    meaning: '--daemon-user names the user who owns it:',
    command: `useradd --system --user-group --create-home ${quoteWords([user])}`,
  };
}

async function examinePlace(place: string, owner: Owner, machine: Machine): Promise<Finding> {
  const { kind } = machine;
  const found = stat(place);
  if (typeof found === 'string') return absent(place, found, { owner, machine });
  const refusal = owner.id === process.geteuid?.() ? findRefusal(place) : undefined;
  if (refusal === 'EROFS') return readOnly(place, owner, machine);
  if (owner.isRoot) return place === kind.store ? examineRoots(found, machine) : fine(place, found);
  if (found.uid === owner.id) return fine(place, found);
  return foreign(place, found, { owner, machine });
}

/** What is there, or why that can't be known. */
function stat(place: string): Stats | string {
  try {
    return statSync(place);
  } catch (error) {
    return renderSystemError(error);
  }
}

function absent(place: string, reason: string, { owner, machine }: Whose): Finding {
  const { kind } = machine;
  // A daemon that is in the store isn't there without it.
  const isStart =
    place !== kind.store || (owner.isRoot && findDaemonProgram(machine) !== undefined);
  if (isStart && !existsSync(place)) {
    return { state: 'fine', text: `${place} is not there yet; the daemon makes it` };
  }
  return {
    state: 'broken',
    text: `${place}: ${reason}`,
    meaning: `${kind.title} is not installed here, or it is not mounted into this container. In Debian:`,
    command: `apt-get install ${kind.debianPackage}`,
  };
}

/** Why we may not write there, by the system's name for it. */
function findRefusal(place: string): unknown {
  try {
    accessSync(place, constants.W_OK);
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

/** Root's daemon mounts its store anew, for itself alone, where only this mount is read-only. */
function readOnly(place: string, { isRoot }: Owner, { kind }: Machine): Finding {
  const mount = findMount(place);
  const point = mount?.point ?? place;
  const isWhole = mount?.superOptions.includes('ro') === true;
  const canRenew = isRoot && hasCapability(readPrivileges(), 'CAP_SYS_ADMIN');
  const what = `is mounted read-only${point === place ? '' : ` with ${point}`}`;
  if (place === kind.store && point === place && !isWhole && canRenew) {
    return { state: 'fine', text: `${place} ${what}; the daemon mounts it writable for itself` };
  }
  return {
    state: 'broken',
    text: `${place} ${what}`,
    meaning:
      'Nothing can be built or fetched. In a container, leave out :ro and --read-only; on a machine of your own:',
    command: quoteWords(['mount', '-o', `remount,${isWhole ? '' : 'bind,'}rw`, point]),
  };
}

function fine(place: string, found: Stats): Finding {
  return { state: 'fine', text: `${place} is writable: ${describe(found)}` };
}

/** Who may do what there: `root:guixbuild 1775`. */
function describe({ uid, gid, mode }: Stats): string {
  const [user, group] = [nameOf(uid, '/etc/passwd'), nameOf(gid, '/etc/group')];
  return `${user}:${group} ${(mode & 0o7777).toString(8)}`;
}

/** Where root builds as build users, these make what they build there, and nobody else's is theirs. */
function examineRoots(found: Stats, machine: Machine): Finding {
  const place = machine.kind.store;
  const group = findBuildGroup(machine);
  if (group.id === undefined || process.geteuid?.() !== 0) return fine(place, found);
  const { id, name } = group;
  if (found.uid === 0 && found.gid === id && (found.mode & 0o7777) === 0o1775) {
    return fine(place, found);
  }
  return {
    state: 'odd',
    text: `${place} is ${describe(found)}, and a daemon with build users needs root:${name} 1775`,
    meaning: 'The daemon sets that when it starts. To have it now:',
    command: `${quoteWords(['chown', `root:${name}`, place])} && chmod 1775 ${place}`,
    fix() {
      chownSync(place, 0, id);
      chmodSync(place, 0o1775);
    },
  };
}

/** A daemon that isn't root works in a store of its own only; who isn't root can use one that runs. */
async function foreign(place: string, found: Stats, { owner, machine }: Whose): Promise<Finding> {
  const text = `${place} is ${describe(found)}, and not ${owner.name}'s`;
  if (machine.options.daemonUser === undefined && (await askDaemon(machine))?.is === 'ready') {
    return { state: 'fine', text: `${text}; the daemon that runs is used` };
  }
  return {
    state: 'broken',
    text,
    meaning:
      'A daemon that is not root needs a store of its own, and none runs that could be used. Run this as root, or have root give the store away for good:',
    command: spellGift(owner, listWritten(machine)),
  };
}

/** What isn't there yet could not be made by an ordinary user. */
function spellGift({ account }: Owner, directories: readonly string[]): string {
  const missing = directories.filter((directory) => !existsSync(directory));
  const commands = [
    ...(missing.length > 0 ? [['mkdir', '--parents', ...missing]] : []),
    ['chown', '--recursive', account, ...directories],
  ];
  return commands.map(quoteWords).join(' && ');
}

/** Where the daemon writes. */
function listWritten({ kind, environment }: Machine): readonly string[] {
  return [kind.store, kind.stateDirectory(environment), kind.logDirectory(environment)];
}
