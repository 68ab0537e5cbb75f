import { existsSync } from 'node:fs';
import { readSysctl } from './user-namespaces.ts';

/** The name spaces that a build has, as `/proc/PID/ns` calls each, with the sysctl that counts it. */
const kinds = [
  { name: 'mnt', sysctl: 'user.max_mnt_namespaces', option: 'CONFIG_NAMESPACES' },
  { name: 'pid', sysctl: 'user.max_pid_namespaces', option: 'CONFIG_PID_NS' },
  { name: 'net', sysctl: 'user.max_net_namespaces', option: 'CONFIG_NET_NS' },
  { name: 'ipc', sysctl: 'user.max_ipc_namespaces', option: 'CONFIG_IPC_NS' },
  { name: 'uts', sysctl: 'user.max_uts_namespaces', option: 'CONFIG_UTS_NS' },
] as const;

/** In which an ordinary user makes the others. How many it may: `findUserNamespaceLimit`. */
const userKind = { name: 'user', sysctl: undefined, option: 'CONFIG_USER_NS' } as const;

/** A kind of name space: `net`, with the kernel's option for it and the sysctl that limits it. */
export type NameSpace = {
  readonly name: string;
  readonly option: string;
  readonly sysctl: string | undefined;
  /** How many may be there at once in our user name space; `undefined`: any number. */
  readonly limit: number | undefined;
  /** The kernel has it. */
  readonly isThere: boolean;
};

/** The name spaces that root's daemon makes for a build, or those of an ordinary user's. */
export function readNameSpaces({ isRoot }: { readonly isRoot: boolean }): readonly NameSpace[] {
  return [...kinds, ...(isRoot ? [] : [userKind])].map((kind) => ({
    ...kind,
    limit: kind.sysctl === undefined ? undefined : readSysctl(kind.sysctl),
    isThere: existsSync(`/proc/self/ns/${kind.name}`),
  }));
}
