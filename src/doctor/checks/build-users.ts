import {
  type Command,
  listBuildUsersCommands,
  spellBuildUsersCommands,
} from '../../machine/build-users.ts';
import { captureProgram } from '../../processes/capture.ts';
import { renderEnding } from '../../processes/ending.ts';
import { findOnPath } from '../../processes/path.ts';
import { type BuildGroup, findBuildGroup } from '../build-group.ts';
import { judgeOurDaemon } from '../answers.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { findOwner, readAccounts } from '../owner.ts';
import { countOf } from '../words.ts';

/** Whether root's daemon finds the users that builds run as. */
export const buildUsers: Check = {
  name: 'build-users',
  title: 'the group and the users that builds run as',
  examine(machine) {
    return judgeOurDaemon(look(machine), machine);
  },
};

function look(machine: Machine): readonly Finding[] {
  const owner = findOwner(machine);
  if (owner?.isRoot !== true) return [notNeeded(owner?.name)];
  const group = findBuildGroup(machine);
  if (group.name === '') return [none];
  const users = listUsers();
  const unknown = group.members.filter((member) => !users.has(member));
  if (group.id === undefined) {
    return [lacking(`there is no group '${group.name}'`, group, machine)];
  }
  if (group.members.length === 0) {
    return [lacking(`the group '${group.name}' has no members`, group, machine)];
  }
  if (unknown.length > 0) {
    const text = `members of the group '${group.name}' do not exist: ${unknown.join(', ')}`;
    return [lacking(text, { ...group, members: unknown }, machine)];
  }
  return [
    {
      state: 'fine',
      text: `builds run as ${countOf(group.members.length, 'user')} of ${group.name}`,
    },
  ];
}

function listUsers(): ReadonlySet<string> {
  return new Set(readAccounts('/etc/passwd').map(([name = '']) => name));
}

function notNeeded(user = 'an ordinary user'): Finding {
  return { state: 'fine', text: `a daemon of ${user} has none: builds run as that user` };
}

const none: Finding = {
  state: 'odd',
  text: 'builds run as root: build-users-group is empty',
  meaning: 'A build can do whatever root can. Leave that out, and make the group and its users.',
};

function lacking(text: string, { name, id, members }: BuildGroup, machine: Machine): Finding {
  const usualNames = machine.kind.buildUsers.names;
  const lack = { group: name, isGroupThere: id !== undefined, members, usualNames };
  const users = [...listUsers()];
  const commands = listBuildUsersCommands(lack, users);
  return {
    state: 'broken',
    text,
    meaning: "Root's daemon refuses to work. Make them:",
    command: spellBuildUsersCommands(lack, users),
    ...(process.geteuid?.() === 0 && { fix: () => execute(commands, machine) }),
  };
}

async function execute(commands: readonly Command[], { environment }: Machine): Promise<void> {
  for (const [program, ...rest] of commands) {
    const file = findOnPath(program, `${environment['PATH'] ?? ''}:/usr/sbin:/sbin`);
    if (file === undefined) throw new Error(`${program} is not there`);
    const { ending, words } = await captureProgram({
      file,
      arguments: [program, ...rest],
      environment,
    });
    if (ending.by === 'exit' && ending.status === 0) continue;
    throw new Error(`${program}: ${words[0] ?? renderEnding(ending)}`);
  }
}
