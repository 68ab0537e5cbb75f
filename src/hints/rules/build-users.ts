import { readFileSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import {
  findBuildUsersGroup,
  type Lack,
  spellBuildUsersCommands,
} from '../../machine/build-users.ts';
import { findWords, hasBuilderSpoken, hasTriedToBuild, type Scene } from '../scene.ts';

/**
 * The group of the build users is not there, has no members, or such as don't exist. Of these, the
 * daemon tells only the first before a build begins.
 */
export function findBuildUsersFault(scene: Scene): Hint | undefined {
  const { daemonWords } = scene;
  const missing = findWords(daemonWords, /the group [`'‘](.+?)['’] specified in/)?.[1];
  if (missing !== undefined) return hintAtMissingGroup(missing);
  const empty = findWords(daemonWords, /build users group [`'‘](.+?)['’] has no members/)?.[1];
  if (empty !== undefined) return hintAtEmptyGroup(empty);
  const group = findBuildUsersGroup(scene.daemonArguments ?? []);
  if (!group || hasBuilderSpoken(scene) || !hasTriedToBuild(scene)) return undefined;
  return lookAt(group);
}

function lookAt(group: string): Hint | undefined {
  const members = listMembers(group);
  if (members === undefined) return hintAtMissingGroup(group);
  if (members.length === 0) return hintAtEmptyGroup(group);
  const users = listNames('/etc/passwd');
  const unknown = members.filter((member) => !users.includes(member));
  return unknown.length === 0 ? undefined : hintAtMissingUsers(group, unknown);
}

function hintAtMissingGroup(group: string): Hint {
  return {
    meaning: `Builds run as users of the group '${group}', and there is no such group. To make it, with users (in a Dockerfile, behind RUN):`,
    command: spell({ group, isGroupThere: false, members: [] }),
  };
}

function hintAtEmptyGroup(group: string): Hint {
  return {
    meaning: `Builds run as users of the group '${group}', and it has no members. To give it some (in a Dockerfile, behind RUN):`,
    command: spell({ group, isGroupThere: true, members: [] }),
  };
}

function hintAtMissingUsers(group: string, names: readonly string[]): Hint {
  const verb = names.length === 1 ? 'does' : 'do';
  return {
    meaning: `Builds run as users of the group '${group}', of which ${names.join(', ')} ${verb} not exist. To make them (in a Dockerfile, behind RUN):`,
    command: spell({ group, isGroupThere: true, members: names }),
  };
}

function spell(lack: Lack): string {
  return spellBuildUsersCommands(lack, listNames('/etc/passwd'));
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
