import { quoteWords } from '../events/quote.ts';

/** The group that a daemon with these options takes its build users from: the last that it is given. */
export function findBuildUsersGroup(options: readonly string[]): string | undefined {
  const given = options.map((option) => /^--build-users-group=(.*)$/.exec(option)?.[1]);
  return given.findLast((group) => group !== undefined);
}

/** What is to be made. */
export type Lack = {
  readonly group: string;
  readonly isGroupThere: boolean;
  /** Who is to be a member; none: the users with the usual names, or new ones where there are none. */
  readonly members: readonly string[];
};

export type Command = readonly [program: string, ...rest: readonly string[]];

/** What makes the group and its members, as Guix's manual does ("Build Environment Setup"). */
export function listBuildUsersCommands(
  { group, isGroupThere, members }: Lack,
  users: readonly string[],
): readonly Command[] {
  return [
    ...(isGroupThere ? [] : [['groupadd', '--system', group] as const]),
    ...chooseMembers(members, users).map((user): Command =>
      users.includes(user) ? [...addMember(group), user] : [...addUser(group), user],
    ),
  ];
}

function chooseMembers(members: readonly string[], users: readonly string[]): readonly string[] {
  if (members.length > 0) return members;
  const there = users.filter((name) => /^guixbuilder\d+$/.test(name));
  return there.length > 0 ? there : usualNames;
}

const usualNames = Array.from(
  { length: 10 },
  (_, index) => `guixbuilder${String(index + 1).padStart(2, '0')}`,
);

function addMember(group: string): Command {
  return ['usermod', '--append', '--groups', group];
}

/** The daemon asks for the members of the group, of whom those who have it as their own are none. */
function addUser(group: string): Command {
  const nowhere = ['--home-dir', '/var/empty', '--shell', '/usr/sbin/nologin'];
  return ['useradd', '--system', '--gid', group, '--groups', group, ...nowhere];
}

/** The same as one line of shell: what is done to many users is a loop, which is shorter to read. */
export function spellBuildUsersCommands(lack: Lack, users: readonly string[]): string {
  const commands = listBuildUsersCommands(lack, users);
  const alike = Map.groupBy(commands, (command) => quoteWords(command.slice(0, -1)));
  return [...alike]
    .map(([command, those]) =>
      spellAlike(command, quoteWords(those.flatMap(([...words]) => words.slice(-1)))),
    )
    .join(' && ');
}

function spellAlike(command: string, last: string): string {
  return command.startsWith('groupadd ')
    ? `${command} ${last}`
    : `for user in ${last}; do ${command} $user; done`;
}
