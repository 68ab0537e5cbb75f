import { guix } from '../daemon/guix.ts';
import { findBuildUsersGroup } from '../machine/build-users.ts';
import { readAccounts } from './owner.ts';

/** The group whose members builds run as. */
export type BuildGroup = {
  readonly name: string;
  /** `undefined`: there is no such group. */
  readonly id: number | undefined;
  readonly members: readonly string[];
};

/** The group of a daemon with these options. It is there by name alone if the machine has none. */
export function findBuildGroup(daemonOptions: readonly string[]): BuildGroup {
  const name = findBuildUsersGroup(daemonOptions) ?? guix.buildUsersGroup;
  const found = readAccounts('/etc/group').find(([group]) => group === name);
  const [, , id, members = ''] = found ?? [];
  return {
    name,
    id: id === undefined ? undefined : Number(id),
    members: members.split(',').filter(Boolean),
  };
}
