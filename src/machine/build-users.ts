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
  readonly usualNames: readonly string[];
};

/** Ten, as the manuals have it. */
export function nameBuildUsers(spell: (index: number) => string): readonly string[] {
  return Array.from({ length: 10 }, (_, index) => spell(index + 1));
}

export type Command = readonly [program: string, ...rest: readonly string[]];

/** What makes the group and its members, as Guix's manual does ("Build Environment Setup"), and Nix's installer. */
export function listBuildUsersCommands(lack: Lack, users: readonly string[]): readonly Command[] {
  const { group, isGroupThere } = lack;
  return [
    ...(isGroupThere ? [] : [['groupadd', '--system', group] as const]),
    ...chooseMembers(lack, users).map((user): Command =>
      users.includes(user) ? [...addMember(group), user] : [...addUser(group), user],
    ),
  ];
}

function chooseMembers({ members, usualNames }: Lack, users: readonly string[]): readonly string[] {
  if (members.length > 0) return members;
  // However many digits there are: Guix's manual has had two, and Debian has one.
  const bases = new Set(usualNames.map(withoutNumber));
  const there = users.filter(
    (name) => name !== withoutNumber(name) && bases.has(withoutNumber(name)),
  );
  return there.length > 0 ? there : usualNames;
}

function withoutNumber(name: string): string {
  return name.replace(/\d+$/, '');
}

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
