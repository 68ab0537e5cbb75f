import { quoteWords } from '../../events/quote.ts';
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
  const group = findBuildGroup(machine.options.daemonOptions);
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
  text: 'builds run as root: --build-users-group is empty',
  meaning:
    'A build can do whatever root can. Leave the option out, and make the group and its users.',
};

/** As Guix's manual makes them ("Build Environment Setup"). */
function lacking(text: string, group: BuildGroup, machine: Machine): Finding {
  const commands = listCommands(group);
  return {
    state: 'broken',
    text,
    meaning: "Root's daemon refuses to work. Make them:",
    command: toShell(commands, group),
    ...(process.geteuid?.() === 0 && { fix: () => execute(commands, machine) }),
  };
}

type Command = readonly [program: string, ...rest: readonly string[]];

/** The group if need be, and the members that it names; ten of the usual names where it has none. */
function listCommands({ name, id, members }: BuildGroup): readonly Command[] {
  const users = listUsers();
  const wanted = members.length > 0 ? members : usualNames;
  return [
    ...(id === undefined ? [['groupadd', '--system', name] as const] : []),
    ...wanted.map((user): Command =>
      users.has(user)
        ? ['usermod', '--append', '--groups', name, user]
        : ['useradd', ...asBuilder(name), user],
    ),
  ];
}

const usualNames = Array.from(
  { length: 10 },
  (_, index) => `guixbuilder${String(index + 1).padStart(2, '0')}`,
);

/** The daemon asks for the members of the group, of whom those who have it as their own are none. */
function asBuilder(group: string): readonly string[] {
  const nowhere = ['-d', '/var/empty', '-s', '/usr/sbin/nologin'];
  return ['--system', '-g', group, '-G', group, ...nowhere];
}

/** Users that are made all alike are made by a loop, which is shorter to read. */
function toShell(commands: readonly Command[], { name }: BuildGroup): string {
  const alike = commands.filter(([program]) => program === 'useradd');
  const others = commands.filter(([program]) => program !== 'useradd');
  const users = quoteWords(alike.map((words) => words.at(-1) ?? ''));
  const useradd = `${quoteWords(['useradd', ...asBuilder(name)])} $user`;
  return [
    ...others.map(quoteWords),
    ...(alike.length > 0 ? [`for user in ${users}; do ${useradd}; done`] : []),
  ].join('\n');
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
