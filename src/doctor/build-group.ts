import type { Machine } from './check.ts';
import { readAccounts } from './owner.ts';

/** The group whose members builds run as. */
export type BuildGroup = {
  readonly name: string;
  /** `undefined`: there is no such group. */
  readonly id: number | undefined;
  readonly members: readonly string[];
};

/** The group of a daemon of root's. It is there by name alone if the machine has none. */
export function findBuildGroup({ kind, environment, options }: Machine): BuildGroup {
  const { daemonOptions } = options;
  const name = kind.buildUsers.findGroup({ environment, daemonOptions }) ?? '';
  const found = readAccounts('/etc/group').find(([group]) => group === name);
  const [, , id, members = ''] = found ?? [];
  return {
    name,
    id: id === undefined ? undefined : Number(id),
    members: members.split(',').filter(Boolean),
  };
}
