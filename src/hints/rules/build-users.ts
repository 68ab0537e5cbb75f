import { readFileSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import type { Kind } from '../../daemon/kind.ts';
import { type Lack, spellBuildUsersCommands } from '../../machine/build-users.ts';
import { findWords, hasBuilderSpoken, hasTriedToBuild, type Scene } from '../scene.ts';

/**
 * The group of the build users is not there, has no members, or such as don't exist. Of these, the
 * daemon tells only the first before a build begins.
 */
export function findBuildUsersFault(scene: Scene): Hint | undefined {
  const { kind, daemonWords, buildUsersGroup: group } = scene;
  const missing = findWords(daemonWords, /the group [`'‘](.+?)['’] specified in/)?.[1];
  if (missing !== undefined) return hintAtMissingGroup(missing, kind);
  const empty = findWords(daemonWords, /build users group [`'‘](.+?)['’] has no members/)?.[1];
  if (empty !== undefined) return hintAtEmptyGroup(empty, kind);
  if (!group || hasBuilderSpoken(scene) || !hasTriedToBuild(scene)) return undefined;
  return lookAt(group, kind);
}

function lookAt(group: string, kind: Kind): Hint | undefined {
  const members = listMembers(group);
  if (members === undefined) return hintAtMissingGroup(group, kind);
  if (members.length === 0) return hintAtEmptyGroup(group, kind);
  const users = listNames('/etc/passwd');
  const unknown = members.filter((member) => !users.includes(member));
  return unknown.length === 0 ? undefined : hintAtMissingUsers({ group, names: unknown }, kind);
}

function hintAtMissingGroup(group: string, kind: Kind): Hint {
  return {
    meaning: `Builds run as users of the group '${group}', and there is no such group. To make it, with users (in a Dockerfile, behind RUN):`,
    command: spell({ group, isGroupThere: false, members: [] }, kind),
  };
}

function hintAtEmptyGroup(group: string, kind: Kind): Hint {
  return {
    meaning: `Builds run as users of the group '${group}', and it has no members. To give it some (in a Dockerfile, behind RUN):`,
    command: spell({ group, isGroupThere: true, members: [] }, kind),
  };
}

function hintAtMissingUsers(
  { group, names }: { readonly group: string; readonly names: readonly string[] },
  kind: Kind,
): Hint {
  const verb = names.length === 1 ? 'does' : 'do';
  return {
    meaning: `Builds run as users of the group '${group}', of which ${names.join(', ')} ${verb} not exist. To make them (in a Dockerfile, behind RUN):`,
    command: spell({ group, isGroupThere: true, members: names }, kind),
  };
}

function spell(lack: Omit<Lack, 'usualNames'>, { buildUsers }: Kind): string {
  return spellBuildUsersCommands(
    { ...lack, usualNames: buildUsers.names },
    listNames('/etc/passwd'),
  );
}

function listMembers(group: string): readonly string[] | undefined {
  const line = readLines('/etc/group').find((one) => one.startsWith(`${group}:`));
  return line?.split(':')[3]?.split(',').filter(Boolean);
}

function listNames(file: string): readonly string[] {
  return readLines(file).map((line) => line.split(':')[0] ?? '');
}

function readLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8').split('\n');
}
